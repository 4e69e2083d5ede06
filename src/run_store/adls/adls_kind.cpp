#include "run_store/adls/adls_kind.hpp"

#include <memory>
#include <string>
#include <utility>

#include "base/diagnostic.hpp"
#include "object_storage/open_container.hpp"
#include "run_store/adls/adls_run_store.hpp"

namespace backtest {

namespace {

// A lease is renewed every second, and no renewal may take longer than the shortest lease: it would come too late.
constexpr RequestLimits request_limits{
    .attempt = std::chrono::milliseconds(5'000), .total = std::chrono::milliseconds(15'000), .attempts = 6};

ConfiguredRunStore make(const Settings& settings) {
  const ObjectLocation& place = *settings.adls_runs_dir;
  std::shared_ptr<ObjectContainer> container;
  try {
    container = open_container(settings.storage, place, "BACKTEST_RUN_STORE_MODE", request_limits);
  } catch (const StorageUnavailable& error) {
    throw InvalidInput(Diagnostic{.path = "BACKTEST_RUN_STORE_MODE", .message = error.what()});
  }
  auto store = std::make_unique<AdlsRunStore>(container, place.path);
  auto identity = [&runs = *store] { return runs.identity(); };
  auto exists = [&runs = *store] { return runs.exists(); };
  auto use_secrets = [container, place](const Settings& fresh) {
    reopen_container(*container, fresh.storage, place, request_limits);
  };
  return {.runs = std::move(store),
          .identity = std::move(identity),
          .use_secrets = std::move(use_secrets),
          .exists = std::move(exists)};
}

void check(const Settings& settings, Role role, bool is_chosen, SettingReader& reader) {
  if (!is_chosen) return;
  if (!settings.adls_runs_dir) {
    reader.error("BACKTEST_ADLS_RUNS_DIR",
                 "is required when BACKTEST_RUN_STORE_MODE is adls: where runs lie, `container/path`");
  }
  if (role == Role::maintenance) return;
  if (settings.lease < shortest_adls_lease) {
    reader.error("BACKTEST_LEASE_SECONDS", "must be at least " + std::to_string(shortest_adls_lease.count()) +
                                               " when BACKTEST_RUN_STORE_MODE is adls: the service's clock tells whole "
                                               "seconds");
  }
  // Unlike with PostgreSQL no lock keeps a process out whose artifacts the others cannot see, so the settings must.
  if (!settings.artifacts_in_object_storage && !settings.output_shared) {
    reader.error("BACKTEST_ARTIFACT_STORE",
                 "must be adls when BACKTEST_RUN_STORE_MODE is adls, unless every process sees the same "
                 "BACKTEST_OUTPUT_DIR and BACKTEST_OUTPUT_SHARED says so: a process must find the artifacts of the "
                 "others' runs");
  }
}

}  // namespace

RunStoreKind adls_run_store_kind() {
  // A run that this process accepts wakes its worker at once; polling, at one request each time, finds other runs.
  return {.choice = {.name = "adls", .other_names = {"blob"}, .reads_adls_runs_dir = true, .check = check},
          .poll_every = std::chrono::milliseconds(500),
          .make = make};
}

}  // namespace backtest
