// Artifacts in a local directory: <output_dir>/<run_id>/attempts/<epoch>-<token>/..., and the Python service's results
// directly in <output_dir>/<run_id>/. Beside them .run_store, the identity of the run store that they belong to, and
// .condemned/<run_id>, runs that are being removed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

// Touches nothing; the first check() creates the directory. There is room while `min_free_bytes` are free.
std::unique_ptr<ArtifactStore> make_local_artifact_store(const std::filesystem::path& output_dir,
                                                         std::uint64_t min_free_bytes = 0);

}  // namespace backtest
