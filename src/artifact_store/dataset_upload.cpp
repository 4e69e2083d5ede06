#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "artifact_store/dataset_store.hpp"
#include "base/dataset_reference.hpp"
#include "base/hex_text.hpp"

namespace backtest {

DatasetUpload::~DatasetUpload() {
  close(descriptor_);
}

void DatasetUpload::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw std::system_error(errno, std::generic_category(), "write an upload");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::filesystem::path DatasetUpload::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor_);
}

bool valid_content_name(std::string_view name) {
  constexpr std::size_t digits = 64;
  if (name.size() <= digits) return false;
  const std::string_view suffix = name.substr(digits);
  return is_hex_text(name.substr(0, digits)) && (suffix == ".csv" || suffix == ".csv.gz" || suffix == ".parquet");
}

std::string entry_file(const std::string& dataset, const std::string& version) {
  return dataset + "/" + version + ".json";
}

std::optional<StoredEntry> entry_called(const std::filesystem::path& file, std::string identity) {
  StoredEntry entry{
      .dataset = file.parent_path().string(), .version = file.stem().string(), .identity = std::move(identity)};
  const bool is_entry =
      file.extension() == ".json" && valid_dataset_name(entry.dataset) && valid_dataset_version(entry.version);
  return is_entry ? std::optional(std::move(entry)) : std::nullopt;
}

void sort_entries(std::vector<StoredEntry>& entries) {
  std::ranges::sort(entries, {}, [](const StoredEntry& entry) { return std::pair(entry.dataset, entry.version); });
}

}  // namespace backtest
