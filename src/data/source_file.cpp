#include "data/source_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"

namespace backtest {

FileKind file_kind(const std::string& path) {
  const std::string lower = lower_case(path);
  if (lower.ends_with(".csv")) return FileKind::csv;
  if (lower.ends_with(".csv.gz")) return FileKind::csv_gzip;
  if (lower.ends_with(".parquet") || lower.ends_with(".pq")) return FileKind::parquet;
  throw InvalidInput(Diagnostic{
      .file = path, .message = "the kind of file is not known by its name; use .csv, .csv.gz, .parquet or .pq"});
}

SourceFile::SourceFile(std::string path, const OpenFile& open_file) : path_(std::move(path)) {
  const auto refuse = [this](std::string why) {
    throw InvalidInput(Diagnostic{.file = path_, .message = std::move(why)});
  };
  if (path_.find('\0') != std::string::npos) refuse("a path cannot hold a NUL byte");
  // Without O_NONBLOCK a named pipe would stop the process here, before it can be refused.
  descriptor_ = open_file ? open_file(path_) : open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) {
    const int reason = errno;
    refuse(reason == ENOENT ? "the file does not exist"
                            : fmt::format("the file cannot be read: {}", std::strerror(reason)));
  }
  struct stat info{};
  if (fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(std::exchange(descriptor_, -1));
    refuse(S_ISDIR(info.st_mode) ? "is a directory, not a file" : "is not a regular file");
  }
  size_bytes_ = static_cast<std::uint64_t>(info.st_size);
  if (size_bytes_ == 0) {
    close(std::exchange(descriptor_, -1));
    refuse("the file is empty");
  }
}

SourceFile::~SourceFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

SourceFile::SourceFile(SourceFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_) {}

int SourceFile::release() {
  return std::exchange(descriptor_, -1);
}

std::string SourceFile::identity() const {
  struct stat info{};
  fstat(descriptor_, &info);
  return fmt::format("{}:{}:{}:{}.{:09}:{}.{:09}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec, info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
}

}  // namespace backtest
