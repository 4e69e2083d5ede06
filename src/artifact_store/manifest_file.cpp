#include "artifact_store/manifest_file.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "artifact_store/manifest.hpp"
#include "base/json.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_below(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    names.push_back(entry.path().lexically_relative(directory).generic_string());
  }
  std::ranges::sort(names);
  return names;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File opened(const fs::path& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode), &std::fclose);
  if (!file) throw std::system_error(errno, std::generic_category(), "open " + path.filename().string());
  return file;
}

std::string file_sha256(const fs::path& path) {
  const File file = opened(path, "rbe");
  Sha256 hash;
  std::array<char, std::size_t{1} << 16> buffer;  // on the stack: a larger one is mapped and cleared anew for each file
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    hash.update(std::string_view(buffer.data(), size));
  }
  if (std::ferror(file.get()))
    throw std::system_error(EIO, std::generic_category(), "read " + path.filename().string());
  return hash.hex();
}

}  // namespace

std::string manifest_text(const fs::path& directory, const ManifestHead& head) {
  json::array files;
  for (const std::string& name : names_below(directory)) {
    if (name == manifest_name) continue;
    if (!valid_artifact_name(name)) throw std::runtime_error("`" + name + "` may not be the name of an artifact");
    json::object file;
    file["name"] = name;
    file["remote_path"] = head.prefix + "/" + name;
    file["size_bytes"] = fs::file_size(directory / name);
    file["sha256"] = file_sha256(directory / name);
    files.push_back(std::move(file));
  }
  json::object manifest;
  manifest["run_id"] = head.run_id;
  manifest["uploaded_at"] = head.uploaded_at;
  manifest["container"] = head.container ? json::value(*head.container) : json::value(nullptr);
  manifest["prefix"] = head.prefix;
  manifest["files"] = std::move(files);
  return json_text(manifest, JsonLayout::indented);
}

void write_manifest(const fs::path& directory, const ManifestHead& head) {
  const std::string text = manifest_text(directory, head);
  const fs::path path = directory / manifest_name;
  File file = opened(path, "wbe");
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  if (std::fclose(file.release()) != 0 || !is_written) {
    throw std::system_error(errno, std::generic_category(), "write " + std::string(manifest_name));
  }
}

}  // namespace backtest
