// artifacts_manifest.json (ART-15): what a complete result consists of. manifest_file.hpp writes it; this reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

inline constexpr std::string_view manifest_name = "artifacts_manifest.json";

struct ManifestFile {
  std::string name;  // recursive, valid_artifact_name()
  std::uint64_t size_bytes = 0;
  std::string sha256;  // 64 lowercase hex digits
  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

struct ArtifactManifest {
  std::string run_id;
  std::vector<ManifestFile> files;  // ascending by name, each once

  const ManifestFile* find(std::string_view name) const;
};

// Throws std::runtime_error with what is wrong.
ArtifactManifest parse_manifest(std::string_view text);

struct StoredFile {
  std::string name;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // empty: not looked at
};

// What differs between the manifest and the files that are there (the manifest itself apart), or nullopt.
std::optional<std::string> difference_from_manifest(const ArtifactManifest& manifest, std::vector<StoredFile> files);

}  // namespace backtest
