#include "artifact_store/adls/adls_datasets.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "artifact_store/adls/artifact_readers.hpp"
#include "base/dataset_reference.hpp"

namespace backtest {

namespace {

constexpr std::size_t copied_at_once = 4u << 20;

}  // namespace

AdlsDatasets::AdlsDatasets(std::shared_ptr<ObjectContainer> container, const std::string& path, DatasetStore& scratch)
    : container_(std::move(container)),
      content_(path + "/" + std::string(datasets_directory) + "/content/"),
      entries_(path + "/" + std::string(datasets_directory) + "/entries/"),
      scratch_(scratch) {}

std::string AdlsDatasets::entry_name(const std::string& dataset, const std::string& version) const {
  return entries_ + entry_file(dataset, version);
}

void AdlsDatasets::keep(DatasetUpload& upload, const std::string& content) {
  reaching_storage([&] { container_->upload(content_ + content, upload.path()); });
}

std::string AdlsDatasets::place(const std::string& content) const {
  return container_->address() + "/" + content_ + content;
}

std::vector<StoredContent> AdlsDatasets::contents() {
  std::vector<StoredContent> found;
  for (const ObjectInfo& object : reaching_storage([&] { return container_->list(content_); }).objects) {
    const std::string name = object.name.substr(content_.size());
    if (valid_content_name(name)) found.push_back({name, object.size_bytes, object.modified_at});
  }
  return found;
}

bool AdlsDatasets::copy(const std::string& content, const std::filesystem::path& to) {
  const std::string name = content_ + content;
  const auto info = reaching_storage([&] { return container_->head(name); });
  if (!info) return false;
  std::ofstream file(to, std::ios::binary);
  std::string buffer(copied_at_once, '\0');
  for (std::uint64_t at = 0; at < info->size_bytes;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), info->size_bytes - at));
    const auto got = reaching_storage([&] { return container_->read(name, info->etag, at, {buffer.data(), wanted}); });
    if (!got || *got == 0) throw std::system_error(EIO, std::generic_category(), name + " changed while it was read");
    file.write(buffer.data(), static_cast<std::streamsize>(*got));
    at += *got;
  }
  file.close();
  if (!file) throw std::system_error(EIO, std::generic_category(), "write " + to.string());
  return true;
}

void AdlsDatasets::remove_content(const std::string& content) {
  reaching_storage([&] { container_->remove(content_ + content); });
}

bool AdlsDatasets::create_entry(const std::string& dataset, const std::string& version, const std::string& text) {
  return reaching_storage([&] { return container_->create(entry_name(dataset, version), text).has_value(); });
}

void AdlsDatasets::put_entry(const std::string& dataset, const std::string& version, const std::string& text) {
  reaching_storage([&] { container_->put(entry_name(dataset, version), text); });
}

std::optional<std::string> AdlsDatasets::entry(const std::string& dataset, const std::string& version) {
  if (!valid_dataset_name(dataset) || !valid_dataset_version(version)) return std::nullopt;
  auto object = reaching_storage([&] { return container_->get(entry_name(dataset, version)); });
  if (!object) return std::nullopt;
  return std::move(object->bytes);
}

std::vector<StoredEntry> AdlsDatasets::entries(const std::string& dataset) {
  std::vector<StoredEntry> found;
  const std::string below = dataset.empty() ? entries_ : entries_ + dataset + "/";
  for (const ObjectInfo& object : reaching_storage([&] { return container_->list(below); }).objects) {
    if (auto entry = entry_called(object.name.substr(entries_.size()), object.etag)) found.push_back(*std::move(entry));
  }
  sort_entries(found);
  return found;
}

bool AdlsDatasets::remove_entry(const std::string& dataset, const std::string& version) {
  if (!valid_dataset_name(dataset) || !valid_dataset_version(version)) return false;
  const std::string name = entry_name(dataset, version);
  return reaching_storage([&] {
    const bool is_there = container_->head(name).has_value();
    container_->remove(name);
    return is_there;
  });
}

}  // namespace backtest
