// Where the data sets of a config lie, as the worker looks them up for the process that reads them.
#pragma once

#include <vector>

#include "artifact_store/artifact_places.hpp"
#include "execute/dataset_tables.hpp"
#include "spec/spec.hpp"

namespace backtest {

// Throws InvalidInput where one is gone, std::system_error where the artifact store does not answer.
std::vector<DatasetPlace> dataset_places(const Spec& spec, const ArtifactPlaces& artifacts);

}  // namespace backtest
