// An input file, opened once and checked: a regular file with something in it, of a kind that is read here.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/diagnostic.hpp"

namespace backtest {

enum class FileKind { csv, csv_gzip, parquet };

// By suffix, without case: .csv, .csv.gz, .parquet, .pq. Throws InvalidInput for any other.
FileKind file_kind(const std::string& path);

using OpenFile = std::function<int(const std::string& path)>;

// Owns a descriptor. Move only.
class SourceFile {
 public:
  // `open_file` unset: open(2), paths relative to the working directory. Throws InvalidInput with the reason.
  SourceFile(std::string path, const OpenFile& open_file);
  ~SourceFile();
  SourceFile(SourceFile&& other) noexcept;
  SourceFile& operator=(SourceFile&&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  std::uint64_t size_bytes() const { return size_bytes_; }
  int release();  // the caller owns the descriptor from here on

  // What changes when somebody replaces or rewrites the file: device, inode, size, time of change.
  std::string identity() const;

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace backtest
