// A kind of artifact store as a build registers it (main.cpp): its settings, and how one is made from them. A new kind
// is a folder below artifact_store/ that defines one of these, and a line in main.cpp.
#pragma once

#include <functional>
#include <memory>

#include "artifact_store/artifact_store.hpp"
#include "settings/store_choices.hpp"

namespace backtest {

struct ArtifactStoreKind {
  StoreChoice choice;
  // Throws InvalidInput naming the setting that cannot be used.
  std::function<std::unique_ptr<ArtifactStore>(const Settings&)> make;
};

}  // namespace backtest
