// Artifacts in a local directory: <output_dir>/<run_id>/attempts/<epoch>-<token>/..., and the Python service's results
// directly in <output_dir>/<run_id>/.
#pragma once

#include <filesystem>
#include <memory>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

// Touches nothing; check() creates the directory.
std::unique_ptr<ArtifactStore> make_local_artifact_store(const std::filesystem::path& output_dir);

}  // namespace backtest
