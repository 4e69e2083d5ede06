#include "data/local_sources.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/diagnostic.hpp"
#include "data/refuse_file.hpp"

namespace backtest {

namespace {

// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

class LocalFile final : public DataSource {
 public:
  LocalFile(std::string path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {
    struct stat info{};
    if (fstat(descriptor_.number(), &info) != 0 || !S_ISREG(info.st_mode)) {
      refuse_file(path_, S_ISDIR(info.st_mode) ? "is a directory, not a file" : "is not a regular file");
    }
    if (info.st_size == 0) refuse_file(path_, "the file is empty");
    size_bytes_ = static_cast<std::uint64_t>(info.st_size);
  }

  const std::string& path() const override { return path_; }
  std::uint64_t size_bytes() const override { return size_bytes_; }

  std::string identity() const override {
    struct stat info{};
    fstat(descriptor_.number(), &info);
    return fmt::format("{}:{}:{}:{}.{:09}:{}.{:09}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec, info.st_ctim.tv_sec, info.st_ctim.tv_nsec);
  }

  std::size_t read(std::uint64_t offset, std::span<char> buffer) const override {
    while (true) {
      const ssize_t got = pread(descriptor_.number(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) refuse_file(path_, fmt::format("reading stopped: {}", std::strerror(errno)));
    }
  }

 private:
  std::string path_;
  Descriptor descriptor_;
  std::uint64_t size_bytes_ = 0;
};

class LocalSources final : public DataSources {
 public:
  explicit LocalSources(OpenFile open_file) : open_file_(std::move(open_file)) {}

  std::shared_ptr<const DataSource> open(const std::string& path) const override {
    return std::make_shared<LocalFile>(path, descriptor(path));
  }

  std::vector<SourceEntry> list(const std::string& directory) const override {
    Descriptor opened = descriptor(directory);
    DIR* const stream = fdopendir(opened.number());
    if (stream == nullptr) {
      refuse_file(directory, fmt::format("the directory cannot be read: {}", std::strerror(errno)));
    }
    opened.release();  // the stream closes it
    std::vector<SourceEntry> entries;
    while (const dirent* entry = readdir(stream)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      // A link to a directory is none: links in a ring would never end.
      struct stat info{};
      const bool is_known = fstatat(dirfd(stream), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
      const bool is_directory = is_known && S_ISDIR(info.st_mode);
      entries.push_back({.name = name, .is_directory = is_directory});
    }
    closedir(stream);
    std::ranges::sort(entries, {}, &SourceEntry::name);
    return entries;
  }

  bool is_directory(const std::string& path) const override {
    const Descriptor opened(open_any(path));
    struct stat info{};
    return opened.number() >= 0 && fstat(opened.number(), &info) == 0 && S_ISDIR(info.st_mode);
  }

 private:
  int open_any(const std::string& path) const {
    if (path.find('\0') != std::string::npos) refuse_file(path, "a path cannot hold a NUL byte");
    // Without O_NONBLOCK a named pipe would stop the process here, before it can be refused.
    return open_file_ ? open_file_(path) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  }

  Descriptor descriptor(const std::string& path) const {
    const int number = open_any(path);
    if (number < 0) {
      const int reason = errno;
      refuse_file(path, reason == ENOENT ? "the file does not exist"
                                         : fmt::format("the file cannot be read: {}", std::strerror(reason)));
    }
    return Descriptor(number);
  }

  OpenFile open_file_;
};

}  // namespace

std::shared_ptr<const DataSources> local_sources(OpenFile open_file) {
  return std::make_shared<LocalSources>(std::move(open_file));
}

}  // namespace backtest
