#include "service/check.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "base/utc_time.hpp"
#include "object_storage/open_container.hpp"
#include "worker/confinement.hpp"

namespace backtest {

namespace {

std::string enough_room(const ArtifactPlaces& artifacts) {
  const Room room = artifacts.room();
  if (!room.is_enough) throw std::runtime_error(room.description);
  return room.description;
}

std::string clock_difference(RunStore& runs) {
  constexpr std::int64_t tolerated_us = 5'000'000;
  const std::int64_t difference_us = runs.now() - utc_now();
  if (std::llabs(difference_us) > tolerated_us) {
    throw std::runtime_error(
        fmt::format("the store's clock differs by {:.1f} s", static_cast<double>(difference_us) / 1e6));
  }
  return "the store's clock agrees within 5 s";
}

std::string confinement_of_runs() {
  const PossibleConfinement possible = possible_confinement();
  if (!possible.calls) {
    throw std::runtime_error("this system takes neither the network nor programs from the process of a run (seccomp)");
  }
  return possible.files ? "network, programs and files"
                        : "network and programs; files not: this kernel has no Landlock";
}

// That the library is there and the credentials have a form it takes; nothing is sent.
std::string storage_accounts(const StorageSettings& storage) {
  std::string names;
  const auto open = [&](ObjectLocation location, const std::string& name) {
    location.container = location.path = "check";
    open_container(storage, location, "object storage");
    names += (names.empty() ? "" : ", ") + name;
  };
  for (const AzureAccount& account : storage.azure) {
    open({.service = ObjectService::azure, .account = account.name, .container = {}, .path = {}},
         fmt::format("{} ({})", account.name, to_text(account.credential)));
  }
  if (storage.s3) open({.service = ObjectService::s3, .account = {}, .container = {}, .path = {}}, "S3");
  return names;
}

}  // namespace

std::vector<CheckResult> check_stores(const StoreKinds& kinds, const Settings& settings) {
  std::vector<CheckResult> results;
  // `look` throws with the reason when the check fails.
  const auto check = [&](const char* name, const auto& look) {
    try {
      results.push_back({name, true, look()});
    } catch (const std::exception& error) {
      results.push_back({name, false, error.what()});
    }
  };
  if (settings.max_concurrent > 0) check("confinement", confinement_of_runs);  // before stores have threads
  const ProcessStores stores(kinds, settings);
  const ArtifactPlaces& artifacts = stores.artifacts;
  RunStore& runs = *stores.run_store.runs;
  check("output directory", [&] {
    artifacts.local().check();
    return settings.output_dir.string();
  });
  if (artifacts.remote()) {
    check("artifact storage", [&] {
      artifacts.home().check();
      return settings.adls_runs_dir->text();
    });
  }
  check("disk space", [&] { return enough_room(artifacts); });
  check("run store", [&] {
    runs.open();
    runs.ping();
    return settings.run_store;
  });
  if (!settings.storage.azure.empty() || settings.storage.s3) {
    check("object storage", [&] { return storage_accounts(settings.storage); });
  }
  check("clock", [&] { return clock_difference(runs); });
  return results;
}

}  // namespace backtest
