// Artifacts and their run store know each other: the store's identity stands in both, so that no other store's process
// serves them, and none collects what it cannot know.
#pragma once

#include <string>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

// For a process that serves. Artifacts without an owner (a new directory, or one of an earlier build) become this
// store's. Throws InvalidInput where they are another's.
void take_ownership(ArtifactStore& artifacts, const std::string& identity);

// For what deletes: nothing becomes anybody's. Throws InvalidInput where the artifacts are not this store's.
void require_ownership(ArtifactStore& artifacts, const std::string& identity);

}  // namespace backtest
