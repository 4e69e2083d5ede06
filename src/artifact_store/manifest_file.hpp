// Writes artifacts_manifest.json (ART-15): what a complete result consists of. Its presence says that all else is
// there, so it is written last.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace backtest {

// Where the artifacts are, as the store that keeps them knows it.
struct ManifestHead {
  std::string run_id;
  std::string uploaded_at;  // UTC ISO text; the time of submission, so that a run repeated writes the same bytes
  std::optional<std::string> container;  // of object storage; null in the file where there is none
  std::string prefix;                    // of every file's `remote_path`
};

// Hashes every regular file below `directory` but an older manifest, and returns the manifest's text. Throws
// std::system_error where a file cannot be read, std::runtime_error where a name may not be an artifact's.
std::string manifest_text(const std::filesystem::path& directory, const ManifestHead& head);

// Writes it into `directory`; not synced.
void write_manifest(const std::filesystem::path& directory, const ManifestHead& head);

}  // namespace backtest
