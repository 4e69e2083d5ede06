// The upload of a directory that holds a complete result: its files, then its manifest.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "artifact_store/artifact_store.hpp"
#include "artifact_store/manifest.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

struct UploadedManifest {
  std::string text;
  ArtifactManifest manifest;
};

// Uploads what `local_manifest` (manifest_file.hpp) names to <run_directory>/<prefix>/, compares the sizes that
// arrived, and writes the manifest there last. Throws UploadFailed, or SealStopped once
// `is_stopped`, which may be empty, says yes.
UploadedManifest seal_directory(ObjectContainer& container, const std::filesystem::path& directory,
                                std::string_view local_manifest, const std::string& run_directory,
                                const std::string& prefix, const StopRequested& is_stopped = {});

}  // namespace backtest
