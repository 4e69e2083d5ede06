// Artifacts and their run store know each other: the store's identity stands in both, so that no other store's process
// serves them, and none collects what it cannot know.
#pragma once

#include <string>
#include <vector>

#include "artifact_store/artifact_places.hpp"
#include "artifact_store/artifact_store.hpp"

namespace backtest {

// For a process that serves: the output directory and the home in object storage. Artifacts without an owner (a new
// place, or one of an earlier build) become this store's. Throws InvalidInput where they are another's.
void take_ownership(const ArtifactPlaces& artifacts, const std::string& identity);

// For what deletes: nothing becomes anybody's. Throws InvalidInput where the artifacts at home are not this store's.
void require_ownership(const ArtifactPlaces& artifacts, const std::string& identity);

// Those of all places that are this store's. An output directory that nobody has owned yet, beside object storage, is
// one of a machine that ran nothing.
std::vector<ArtifactStore*> owned_places(const ArtifactPlaces& artifacts, const std::string& identity);

}  // namespace backtest
