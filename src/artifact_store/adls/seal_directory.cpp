#include "artifact_store/adls/seal_directory.hpp"

#include <optional>
#include <vector>

#include "artifact_store/adls/published_manifest.hpp"
#include "artifact_store/adls/upload_files.hpp"
#include "artifact_store/artifact_store.hpp"

namespace backtest {

namespace {

std::vector<StoredFile> files_below(ObjectContainer& container, const std::string& directory) {
  std::vector<StoredFile> files;
  for (const ObjectInfo& object : container.list(directory + "/").objects) {
    files.push_back({object.name.substr(directory.size() + 1), object.size_bytes, ""});
  }
  return files;
}

}  // namespace

UploadedManifest seal_directory(ObjectContainer& container, const std::filesystem::path& directory,
                                std::string_view local_manifest, const std::string& run_directory,
                                const std::string& prefix, const StopRequested& is_stopped) {
  UploadedManifest uploaded;
  uploaded.text = manifest_of_attempt(local_manifest, container.name(), run_directory);
  uploaded.manifest = parse_manifest(uploaded.text);
  const std::string below = run_directory + "/" + prefix;
  std::vector<std::string> names;
  for (const ManifestFile& file : uploaded.manifest.files) names.push_back(file.name);
  upload_files(container, directory, names, below, is_stopped);
  try {
    const auto difference = difference_from_manifest(uploaded.manifest, files_below(container, below));
    if (difference) throw UploadFailed(below + ": " + *difference);
    container.put(below + "/" + std::string(manifest_name), uploaded.text);
  } catch (const StorageUnavailable& error) {
    throw UploadFailed(error.what());
  }
  return uploaded;
}

}  // namespace backtest
