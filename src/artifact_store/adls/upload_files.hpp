// Carries the files of a directory into a container, several at a time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

// Each `name` of `directory` becomes <below>/<name>. What fails is tried again, within bounds; then it throws
// UploadFailed, and some of the files may be there. SealStopped once `is_stopped`, which may be empty, says yes; a
// request that is under way ends first.
void upload_files(ObjectContainer& container, const std::filesystem::path& directory,
                  const std::vector<std::string>& names, const std::string& below,
                  const StopRequested& is_stopped = {});

}  // namespace backtest
