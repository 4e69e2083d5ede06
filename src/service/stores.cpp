#include "service/stores.hpp"

#include <algorithm>

#include "base/assertion.hpp"

namespace backtest {

namespace {

template <typename Kind>
const Kind& named(const std::vector<Kind>& kinds, const std::string& name) {
  const auto found = std::ranges::find(kinds, name, [](const Kind& kind) { return kind.choice.name; });
  BACKTEST_ASSERT(found != kinds.end(), "settings name a store that is registered");
  return *found;
}

std::unique_ptr<RemoteArtifacts> make_remote(const ArtifactStoreKind& kind, const Settings& settings,
                                             ArtifactStore& scratch) {
  return kind.make_remote ? kind.make_remote(settings, scratch) : nullptr;
}

}  // namespace

StoreChoices StoreKinds::choices() const {
  StoreChoices made;
  for (const RunStoreKind& kind : run_stores) made.run_stores.push_back(kind.choice);
  for (const ArtifactStoreKind& kind : artifact_stores) made.artifact_stores.push_back(kind.choice);
  return made;
}

const RunStoreKind& StoreKinds::run_store(const Settings& settings) const {
  return named(run_stores, settings.run_store);
}

const ArtifactStoreKind& StoreKinds::artifact_store(const Settings& settings) const {
  return named(artifact_stores, settings.artifact_store);
}

ProcessStores::ProcessStores(const StoreKinds& kinds, const Settings& settings)
    : local_artifacts(kinds.artifact_stores.front().make(settings)),
      remote_artifacts(make_remote(kinds.artifact_store(settings), settings, *local_artifacts)),
      artifacts(*local_artifacts, remote_artifacts.get()),
      run_store(kinds.run_store(settings).make(settings)) {}

}  // namespace backtest
