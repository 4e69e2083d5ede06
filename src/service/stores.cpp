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
    : artifacts(kinds.artifact_store(settings).make(settings)), run_store(kinds.run_store(settings).make(settings)) {}

}  // namespace backtest
