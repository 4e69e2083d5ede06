// Wiring only: the adapters behind the interfaces, and the command line.

#include <signal.h>

#include <cstdio>
#include <exception>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/diagnostic.hpp"
#include "edge/cli/command_line.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"

namespace {

using namespace backtest;

std::unique_ptr<RunStore> run_store(const Settings& settings) {
  switch (settings.run_store_mode) {
    case RunStoreMode::sqlite: return make_sqlite_run_store(settings.db_path);
    case RunStoreMode::postgres:
    case RunStoreMode::adls: break;
  }
  throw InvalidInput(Diagnostic{.path = "BACKTEST_RUN_STORE_MODE",
                                .message = "this build has no store of that kind; use sqlite"});
}

Adapters adapters() {
  Adapters made;
  made.run_store = run_store;
  made.artifact_store = [](const Settings& settings) { return make_local_artifact_store(settings.output_dir); };
  made.migrate = [](const Settings&, const MigrateOptions&) { return 2; };
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), not the end of the process
  try {
    return backtest::command_line(argc, argv, adapters());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backtest: %s\n", error.what());
    return 1;
  }
}
