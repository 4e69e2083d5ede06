#include "service/ownership.hpp"

#include <optional>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/log.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse(std::string why) {
  throw InvalidInput(Diagnostic{.path = "BACKTEST_OUTPUT_DIR", .message = std::move(why)});
}

void compare(const std::string& owner, const std::string& identity) {
  if (owner == identity) return;
  refuse("holds the artifacts of another run store (" + owner + "; this one is " + identity +
         "): name the run store that they belong to (BACKTEST_RUN_STORE_MODE, BACKTEST_DB_PATH, BACKTEST_POSTGRES_DSN) "
         "or another directory. If that store is lost for good, remove the file .run_store from the directory");
}

}  // namespace

void take_ownership(ArtifactStore& artifacts, const std::string& identity) {
  std::optional<std::string> owner = artifacts.owner();
  if (!owner) {
    artifacts.set_owner(identity);
    owner = artifacts.owner();
    log_info("the artifacts now belong to this run store", {{"run_store", identity}});
  }
  compare(owner.value_or(""), identity);
}

void require_ownership(ArtifactStore& artifacts, const std::string& identity) {
  const std::optional<std::string> owner = artifacts.owner();
  if (!owner) {
    refuse(
        "belongs to no run store yet: `backtest serve` or `backtest worker` writes there whose artifacts they are; "
        "start one with these settings first");
  }
  compare(*owner, identity);
}

}  // namespace backtest
