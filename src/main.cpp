// Wiring only: the stores of this build, and the command line.

#include <cstdio>
#include <exception>

#include "artifact_store/adls/adls_kind.hpp"
#include "artifact_store/local/local_kind.hpp"
#include "base/broken_invariant.hpp"
#include "edge/cli/command_line.hpp"
#include "edge/cli/process_start.hpp"
#include "run_store/adls/adls_kind.hpp"
#include "run_store/postgres/postgres_kind.hpp"
#include "run_store/sqlite/sqlite_kind.hpp"

namespace {

// A store is added here by its line; the first of each list is the default.
backtest::StoreKinds store_kinds() {
  return {
      .run_stores = {backtest::sqlite_run_store_kind(), backtest::postgres_run_store_kind(),
                     backtest::adls_run_store_kind()},
      .artifact_stores = {backtest::local_artifact_store_kind(), backtest::adls_artifact_store_kind()},
  };
}

}  // namespace

int main(int argc, char** argv) {
  backtest::prepare_process();
  backtest::abort_on_broken_invariants();
  try {
    return backtest::command_line(argc, argv, store_kinds());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backtest: %s\n", error.what());
    return 1;
  }
}
