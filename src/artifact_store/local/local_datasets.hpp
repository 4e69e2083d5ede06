// Data sets in a local directory, <output_dir>/.datasets (dataset_store.hpp).
#pragma once

#include <filesystem>
#include <memory>

#include "artifact_store/dataset_store.hpp"

namespace backtest {

// Touches nothing; directories are made when something is put. Below a root that is not there, nothing is made.
std::unique_ptr<DatasetStore> make_local_datasets(std::filesystem::path output_dir);

}  // namespace backtest
