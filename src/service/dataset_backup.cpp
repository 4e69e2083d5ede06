#include "service/dataset_backup.hpp"

#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "artifact_store/dataset_store.hpp"
#include "base/sha256.hpp"
#include "dataset/dataset_catalog.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

fs::path content_directory(const fs::path& directory) {
  return directory / "datasets" / "content";
}

fs::path entries_directory(const fs::path& directory) {
  return directory / "datasets" / "entries";
}

std::string entry_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void for_each_part(const fs::path& path, const std::function<void(std::string_view)>& visit) {
  std::ifstream file(path, std::ios::binary);
  std::string buffer(1u << 18, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    visit(std::string_view(buffer).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (!file.eof()) throw std::runtime_error("cannot read " + path.string());
}

std::string content_sha256(const fs::path& path) {
  Sha256 hash;
  for_each_part(path, [&](std::string_view part) { hash.update(part); });
  return hash.hex();
}

void for_each_entry(const fs::path& directory, const std::function<void(const DatasetVersion&, const fs::path&)>& visit,
                    const std::function<void(const fs::path&)>& is_none) {
  if (!fs::exists(entries_directory(directory))) return;
  for (const auto& file : fs::recursive_directory_iterator(entries_directory(directory))) {
    if (!file.is_regular_file()) continue;
    const auto version = parse_dataset_entry(entry_text(file.path()));
    if (version) {
      visit(*version, file.path());
    } else {
      is_none(file.path());
    }
  }
}

}  // namespace

BackedUpDatasets back_up_datasets(ArtifactStore& artifacts, const fs::path& directory) {
  BackedUpDatasets result;
  DatasetStore* store = artifacts.datasets();
  if (store == nullptr) return result;
  for (const StoredEntry& stored : store->entries()) {
    const auto text = store->entry(stored.dataset, stored.version);
    const auto version = text ? parse_dataset_entry(*text) : std::nullopt;
    if (!version) continue;  // removed meanwhile, or nothing that a service could read
    const fs::path content = content_directory(directory) / version->content;
    fs::create_directories(content.parent_path());
    if (!fs::exists(content)) {
      if (!store->copy(version->content, content)) {
        if (store->entry(stored.dataset, stored.version)) {
          result.problems.push_back(version->reference().text() + ": its content is missing");
        }
        continue;
      }
      result.bytes += version->size_bytes;
    }
    const fs::path entry = entries_directory(directory) / stored.dataset / (stored.version + ".json");
    fs::create_directories(entry.parent_path());
    std::ofstream file(entry, std::ios::binary);
    file << *text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + entry.string());
    ++result.versions;
  }
  const std::vector<std::string> damaged = dataset_problems(directory);
  result.problems.insert(result.problems.end(), damaged.begin(), damaged.end());
  return result;
}

std::vector<std::string> dataset_problems(const fs::path& directory) {
  std::vector<std::string> problems;
  for_each_entry(
      directory,
      [&](const DatasetVersion& version, const fs::path&) {
        const fs::path content = content_directory(directory) / version.content;
        if (!fs::exists(content)) {
          problems.push_back(version.reference().text() + ": its content is missing");
        } else if (content_sha256(content) != version.sha256) {
          problems.push_back(version.reference().text() + ": its content has another SHA-256 than its entry says");
        }
      },
      [&](const fs::path& entry) { problems.push_back(entry.string() + ": is no entry of a data set"); });
  return problems;
}

BackedUpDatasets restore_datasets(ArtifactStore& artifacts, const fs::path& directory) {
  BackedUpDatasets result;
  DatasetStore* store = artifacts.datasets();
  for_each_entry(
      directory,
      [&](const DatasetVersion& version, const fs::path& entry) {
        if (store == nullptr)
          throw std::runtime_error("the artifact store keeps no data sets, and the backup has some");
        const auto upload = store->begin();
        for_each_part(content_directory(directory) / version.content,
                      [&](std::string_view part) { upload->append(part); });
        store->keep(*upload, version.content);
        store->put_entry(version.name, version.version, entry_text(entry));
        ++result.versions;
        result.bytes += version.size_bytes;
      },
      [](const fs::path&) {});
  return result;
}

}  // namespace backtest
