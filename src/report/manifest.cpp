// artifacts_manifest.json: what a complete run consists of. Its presence says that everything else is there.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "base/sha256.hpp"
#include "report/output_file.hpp"
#include "report/report.hpp"

namespace backtest {

namespace {

constexpr std::string_view manifest_name = "artifacts_manifest.json";

std::vector<std::string> names_below(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    names.push_back(entry.path().lexically_relative(directory).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string file_sha256(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) throw std::system_error(errno, std::generic_category(), "cannot read " + path.filename().string());
  Sha256 hash;
  std::vector<char> buffer(std::size_t{1} << 18);
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    hash.update(std::string_view(buffer.data(), size));
  }
  if (std::ferror(file.get())) {
    throw std::system_error(EIO, std::generic_category(), "cannot read " + path.filename().string());
  }
  return hash.hex();
}

}  // namespace

void write_manifest(const std::filesystem::path& directory, const std::string& run_id,
                    const std::string& submitted_at) {
  json::array files;
  for (const std::string& name : names_below(directory)) {
    if (name == manifest_name) continue;
    json::object file;
    file["name"] = name;
    file["remote_path"] = run_id + "/" + name;
    file["size_bytes"] = std::filesystem::file_size(directory / name);
    file["sha256"] = file_sha256(directory / name);
    files.push_back(std::move(file));
  }
  json::object manifest;
  manifest["run_id"] = run_id;
  manifest["uploaded_at"] = submitted_at;
  manifest["container"] = nullptr;
  manifest["prefix"] = run_id;
  manifest["files"] = std::move(files);
  write_file(directory / manifest_name, json_text(manifest, JsonLayout::indented));
}

}  // namespace backtest
