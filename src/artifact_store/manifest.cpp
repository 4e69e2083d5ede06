#include "artifact_store/manifest.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "artifact_store/artifact_store.hpp"
#include "base/json.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse(const std::string& reason) {
  throw std::runtime_error(std::string(manifest_name) + ": " + reason);
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) refuse("a text `" + std::string(name) + "` is missing");
  return std::string(value->get_string());
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

ManifestFile file_of(const json::value& value) {
  if (!value.is_object()) refuse("an entry of `files` is no object");
  const json::object& object = value.get_object();
  ManifestFile file;
  file.name = text_member(object, "name");
  file.sha256 = text_member(object, "sha256");
  if (!valid_artifact_name(file.name) || file.name == manifest_name)
    refuse("`" + file.name + "` is no artifact's name");
  if (!is_sha256(file.sha256)) refuse("the sha256 of " + file.name + " is not 64 lowercase hex digits");
  const json::value* size = object.if_contains("size_bytes");
  boost::system::error_code error;
  const auto size_bytes = size ? size->to_number<std::uint64_t>(error) : 0;
  if (size == nullptr || error) refuse("the size_bytes of " + file.name + " is no size");
  file.size_bytes = size_bytes;
  return file;
}

}  // namespace

const ManifestFile* ArtifactManifest::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(files, name, {}, [](const auto& f) { return std::string_view(f.name); });
  return found != files.end() && found->name == name ? &*found : nullptr;
}

ArtifactManifest parse_manifest(std::string_view text) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error) refuse("no JSON: " + error.message());
  if (!root.is_object()) refuse("no object");
  ArtifactManifest manifest;
  manifest.run_id = text_member(root.get_object(), "run_id");
  const json::value* files = root.get_object().if_contains("files");
  if (files == nullptr || !files->is_array()) refuse("a list `files` is missing");
  for (const json::value& file : files->get_array()) manifest.files.push_back(file_of(file));
  std::ranges::sort(manifest.files, {}, &ManifestFile::name);
  const auto twice = std::ranges::adjacent_find(manifest.files, {}, &ManifestFile::name);
  if (twice != manifest.files.end()) refuse(twice->name + " is named twice");
  return manifest;
}

std::optional<std::string> difference_from_manifest(const ArtifactManifest& manifest, std::vector<StoredFile> files) {
  std::erase_if(files, [](const StoredFile& file) { return file.name == manifest_name; });
  std::ranges::sort(files, {}, &StoredFile::name);
  std::size_t matched = 0;
  for (const StoredFile& file : files) {
    const ManifestFile* named = manifest.find(file.name);
    if (named == nullptr) return file.name + " is not in the manifest";
    if (named->size_bytes != file.size_bytes) {
      return file.name + " has " + std::to_string(file.size_bytes) + " bytes; the manifest says " +
             std::to_string(named->size_bytes);
    }
    if (!file.sha256.empty() && file.sha256 != named->sha256) return file.name + " has another SHA-256";
    ++matched;
  }
  if (matched == manifest.files.size()) return std::nullopt;
  for (const ManifestFile& named : manifest.files) {
    if (!std::ranges::binary_search(files, named.name, {}, &StoredFile::name)) return named.name + " is missing";
  }
  return std::nullopt;
}

}  // namespace backtest
