// Data sets that callers upload, beside the artifacts: contents, which are kept by the SHA-256 of their bytes and never
// change, and entries, small texts that name them. What a text says is the catalogue's (src/dataset).
//
//   .datasets/content/<sha256><suffix>         the bytes; the suffix is that of a table: .csv, .csv.gz, .parquet
//   .datasets/entries/<name>/<version>.json    an entry
//
// A content that no entry names is rubbish once it is old: whoever puts one makes it young, so that what is old and
// unnamed is not about to be named. Any thread may call. Throws std::system_error where the store does not answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

inline constexpr std::string_view datasets_directory = ".datasets";

// A file on its way, on this machine's disk. It has no name: when the process or this object ends, nothing is left.
class DatasetUpload {
 public:
  explicit DatasetUpload(int descriptor) : descriptor_(descriptor) {}
  ~DatasetUpload();
  DatasetUpload(const DatasetUpload&) = delete;
  DatasetUpload& operator=(const DatasetUpload&) = delete;

  void append(std::string_view bytes);  // throws std::system_error
  int descriptor() const { return descriptor_; }
  std::filesystem::path path() const;  // while this lives

 private:
  const int descriptor_;
};

struct StoredContent {
  std::string name;  // <sha256><suffix>
  std::uint64_t size_bytes = 0;
  std::int64_t modified_at = 0;  // microseconds since 1970, UTC: when it was put last
};

struct StoredEntry {
  std::string dataset, version;
  std::string identity;  // changes when the text does
};

class DatasetStore {
 public:
  virtual ~DatasetStore() = default;

  virtual std::unique_ptr<DatasetUpload> begin() = 0;
  // Durable when it returns. The same content again is kept once, and is young again.
  virtual void keep(DatasetUpload& upload, const std::string& content) = 0;
  // Where a run reads a content: a path of this machine or the URL of an object.
  virtual std::string place(const std::string& content) const = 0;
  virtual std::vector<StoredContent> contents() = 0;
  // Copies one into a file that is not there yet; false where there is no such content.
  virtual bool copy(const std::string& content, const std::filesystem::path& to) = 0;
  virtual void remove_content(const std::string& content) = 0;
  // What processes that died left of contents and entries on their way, where the place keeps such a thing.
  virtual void remove_left_overs(std::chrono::seconds min_age) = 0;

  // Only where there is none, in one step against everybody else's; false where there is one. Durable when it returns.
  virtual bool create_entry(const std::string& dataset, const std::string& version, const std::string& text) = 0;
  // Durable when it returns, in place of the one before.
  virtual void put_entry(const std::string& dataset, const std::string& version, const std::string& text) = 0;
  virtual std::optional<std::string> entry(const std::string& dataset, const std::string& version) = 0;
  // Of all data sets, or of one; by name and version.
  virtual std::vector<StoredEntry> entries(const std::string& dataset = {}) = 0;
  // False where there was none.
  virtual bool remove_entry(const std::string& dataset, const std::string& version) = 0;
};

// 64 lower-case hex digits and a suffix of a table.
bool valid_content_name(std::string_view name);

// What the file or object of an entry is called, below the directory of entries.
std::string entry_file(const std::string& dataset, const std::string& version);
// The entry that is called so; nullopt where it is none.
std::optional<StoredEntry> entry_called(const std::filesystem::path& file, std::string identity);
void sort_entries(std::vector<StoredEntry>& entries);  // by name and version

}  // namespace backtest
