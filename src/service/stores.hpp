// The stores of this build, and those of one process.
#pragma once

#include <memory>
#include <vector>

#include "artifact_store/artifact_store_kind.hpp"
#include "run_store/run_store_kind.hpp"
#include "settings/store_choices.hpp"

namespace backtest {

// In each list, the first is the default. main.cpp fills it.
struct StoreKinds {
  std::vector<RunStoreKind> run_stores;
  std::vector<ArtifactStoreKind> artifact_stores;

  StoreChoices choices() const;
  // Of settings that were parsed with these choices.
  const RunStoreKind& run_store(const Settings& settings) const;
  const ArtifactStoreKind& artifact_store(const Settings& settings) const;
};

// Not open yet. The settings outlive it. Throws InvalidInput naming the setting that cannot be used.
struct ProcessStores {
  ProcessStores(const StoreKinds& kinds, const Settings& settings);

  std::unique_ptr<ArtifactStore> local_artifacts;
  std::unique_ptr<RemoteArtifacts> remote_artifacts;  // null where artifacts stay in the output directory
  ArtifactPlaces artifacts;                           // both
  ConfiguredRunStore run_store;
};

}  // namespace backtest
