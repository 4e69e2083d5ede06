// Data sets in a backup: datasets/content/<name>, each once, and datasets/entries/<dataset>/<version>.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

struct BackedUpDatasets {
  std::size_t versions = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> problems;  // "DATASET: what is wrong"
};

// Into `directory`, which may hold none yet; what was removed meanwhile is left out.
BackedUpDatasets back_up_datasets(ArtifactStore& artifacts, const std::filesystem::path& directory);
// What is wrong with those of a backup: contents that have another hash than their entry says.
std::vector<std::string> dataset_problems(const std::filesystem::path& directory);
// Those of a backup without problems. Throws where the store keeps none and the backup has some.
BackedUpDatasets restore_datasets(ArtifactStore& artifacts, const std::filesystem::path& directory);

}  // namespace backtest
