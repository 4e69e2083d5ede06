#include "service/ownership.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/log.hpp"

namespace backtest {

namespace {

constexpr const char* output_dir = "BACKTEST_OUTPUT_DIR";

[[noreturn]] void refuse(const char* setting, std::string why) {
  throw InvalidInput(Diagnostic{.path = setting, .message = std::move(why)});
}

void compare(const char* setting, const std::string& owner, const std::string& identity) {
  if (owner == identity) return;
  refuse(setting,
         "holds the artifacts of another run store (" + owner + "; this one is " + identity +
             "): name the run store that they belong to (BACKTEST_RUN_STORE_MODE, BACKTEST_DB_PATH, "
             "BACKTEST_POSTGRES_DSN) or another place. If that store is lost for good, remove the file .run_store "
             "from there");
}

void take(ArtifactStore& artifacts, const char* setting, const std::string& identity) {
  std::optional<std::string> owner = artifacts.owner();
  if (!owner) {
    artifacts.set_owner(identity);
    owner = artifacts.owner();
    log_info("the artifacts now belong to this run store", {{"run_store", identity}, {"place", setting}});
  }
  compare(setting, owner.value_or(""), identity);
}

}  // namespace

void take_ownership(const ArtifactPlaces& artifacts, const std::string& identity) {
  take(artifacts.local(), output_dir, identity);
  if (artifacts.remote() == nullptr) return;
  artifacts.home().check();  // makes a container that is missing
  take(artifacts.home(), "BACKTEST_ADLS_RUNS_DIR", identity);
  artifacts.remote()->belong_to(identity);
}

void require_ownership(const ArtifactPlaces& artifacts, const std::string& identity) {
  const char* setting = artifacts.remote() == nullptr ? output_dir : "BACKTEST_ADLS_RUNS_DIR";
  const std::optional<std::string> owner = artifacts.home().owner();
  if (!owner) {
    refuse(setting,
           "belongs to no run store yet: `backtest serve` or `backtest worker` writes there whose artifacts they are; "
           "start one with these settings first");
  }
  compare(setting, *owner, identity);
}

std::vector<ArtifactStore*> owned_places(const ArtifactPlaces& artifacts, const std::string& identity) {
  std::vector<ArtifactStore*> owned;
  for (ArtifactStore* place : artifacts.all()) {
    const bool is_local = place == &artifacts.local();
    if (is_local && artifacts.remote() != nullptr) {
      try {
        place->check();  // there may be no directory yet
      } catch (const std::exception&) {
        continue;
      }
    }
    const std::optional<std::string> owner = place->owner();
    if (owner == identity) {
      owned.push_back(place);
    } else if (owner) {
      log_warning("a place holds the artifacts of another run store and is left alone", {{"run_store", *owner}});
    }
  }
  return owned;
}

}  // namespace backtest
