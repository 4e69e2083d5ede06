#include "artifact_store/local/local_datasets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "artifact_store/local/beneath.hpp"
#include "artifact_store/local/write_synced.hpp"
#include "base/dataset_reference.hpp"
#include "base/random_id.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr const char* content_directory = ".datasets/content";
constexpr const char* entries_directory = ".datasets/entries";
constexpr std::size_t largest_entry_bytes = 16u << 20;

[[noreturn]] void fail_with(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void sync_directory(const Descriptor& directory, const std::string& name) {
  if (fsync(directory.number()) != 0) fail_with("sync " + name);
}

// False, and errno, where `to` is there or this fails.
bool rename_to_new(int directory, const char* from, const char* to) {
  if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // A file system that renames only over what is there, such as NFS: a link is as exclusive.
  if (linkat(directory, from, directory, to, 0) != 0) return false;
  unlinkat(directory, from, 0);
  return true;
}

class LocalDatasets final : public DatasetStore {
 public:
  explicit LocalDatasets(fs::path root) : root_(std::move(root)) {}

  std::unique_ptr<DatasetUpload> begin() override {
    const Descriptor directory = made(content_directory);
    int file = openat(directory.number(), ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0640);
    if (file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) file = unnamed_file(directory);
    if (file < 0) fail_with("begin an upload");
    return std::make_unique<DatasetUpload>(file);
  }

  void keep(DatasetUpload& upload, const std::string& content) override {
    if (fsync(upload.descriptor()) != 0) fail_with("sync an upload");
    const Descriptor directory = made(content_directory);
    // A second one of the same content only makes the first young.
    const auto is_young_again = [&] {
      return utimensat(directory.number(), content.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) == 0;
    };
    if (is_young_again()) return;
    if (linkat(AT_FDCWD, upload.path().c_str(), directory.number(), content.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      if (errno == EEXIST && is_young_again()) return;
      copy_in(upload, directory, content);  // a file system that gives a nameless file no name
    }
    sync_directory(directory, content_directory);
  }

  std::string place(const std::string& content) const override {
    return (root_ / content_directory / content).string();
  }

  std::vector<StoredContent> contents() override {
    std::vector<StoredContent> found;
    const Descriptor directory = opened(content_directory);
    if (!directory) return found;
    walk_files(directory.number(), [&](const FoundFile& file) {
      if (valid_content_name(file.name)) found.push_back({file.name, file.size_bytes, file.modified_at});
    });
    return found;
  }

  bool copy(const std::string& content, const fs::path& to) override {
    std::error_code error;
    fs::copy_file(place(content), to, error);
    if (error == std::errc::no_such_file_or_directory && !fs::exists(place(content))) return false;
    if (error) throw std::system_error(error, "copy " + content);
    return true;
  }

  void remove_content(const std::string& content) override {
    if (unlink(place(content).c_str()) != 0 && errno != ENOENT) fail_with("remove " + content);
  }

  void remove_left_overs(std::chrono::seconds min_age) override {
    const Descriptor directory = opened(std::string(datasets_directory));
    if (!directory) return;
    const auto horizon =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now() - min_age);
    walk_files(directory.number(), [&](const FoundFile& file) {
      const bool is_aside = file.base_name.starts_with('.');
      if (is_aside && file.modified_at <= horizon.time_since_epoch().count()) {
        unlinkat(file.directory, file.base_name.c_str(), 0);
      }
    });
  }

  bool create_entry(const std::string& dataset, const std::string& version, const std::string& text) override {
    return write_entry(dataset, version, text, rename_to_new);
  }

  void put_entry(const std::string& dataset, const std::string& version, const std::string& text) override {
    write_entry(dataset, version, text, [](int directory, const char* from, const char* to) {
      return renameat(directory, from, directory, to) == 0;
    });
  }

  std::optional<std::string> entry(const std::string& dataset, const std::string& version) override {
    if (!valid_dataset_name(dataset) || !valid_dataset_version(version)) return std::nullopt;
    const Descriptor top(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top) fail_with("open the output directory");
    const Descriptor file =
        open_file_beneath(top.number(), std::string(entries_directory) + "/" + entry_file(dataset, version));
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    if (!file) fail_with("read the entry of " + dataset);
    struct stat status{};
    if (fstat(file.number(), &status) != 0) fail_with("read the entry of " + dataset);
    std::string text(std::min(static_cast<std::size_t>(status.st_size), largest_entry_bytes), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t got = read(file.number(), text.data() + filled, text.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_with("read the entry of " + dataset);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return text;
  }

  std::vector<StoredEntry> entries(const std::string& dataset) override {
    std::vector<StoredEntry> found;
    const Descriptor directory = opened(entries_directory + (dataset.empty() ? "" : "/" + dataset));
    if (!directory) return found;
    walk_files(directory.number(), [&](const FoundFile& file) {
      auto entry = entry_called(dataset.empty() ? file.name : dataset + "/" + file.name, {});
      if (!entry) return;
      struct stat status{};
      fstatat(file.directory, file.base_name.c_str(), &status, AT_SYMLINK_NOFOLLOW);
      entry->identity = std::to_string(file.modified_at) + ":" + std::to_string(status.st_ino);
      found.push_back(*std::move(entry));
    });
    sort_entries(found);
    return found;
  }

  bool remove_entry(const std::string& dataset, const std::string& version) override {
    if (!valid_dataset_name(dataset) || !valid_dataset_version(version)) return false;
    const std::string below = std::string(entries_directory) + "/" + dataset;
    const Descriptor directory = opened(below);
    if (!directory) return false;
    const fs::path name = fs::path(entry_file(dataset, version)).filename();
    const bool is_removed = unlinkat(directory.number(), name.c_str(), 0) == 0;
    if (!is_removed && errno != ENOENT) fail_with("remove the entry of " + dataset);
    sync_directory(directory, below);
    return is_removed;  // the empty directory stays: somebody may be putting an entry into it
  }

 private:
  // Whole or not at all: written beside, then moved to its place by `move`(directory, from, to), which is false, and
  // sets errno, where it does not. False where something stood there and `move` replaces nothing.
  template <typename Move>
  bool write_entry(const std::string& dataset, const std::string& version, const std::string& text, Move&& move) {
    const std::string below = std::string(entries_directory) + "/" + dataset;
    const Descriptor directory = made(below);
    const std::string aside = "." + random_hex(16);
    write_synced(directory.number(), aside, text);
    const std::string name = fs::path(entry_file(dataset, version)).filename();
    if (!move(directory.number(), aside.c_str(), name.c_str())) {
      const int reason = errno;
      unlinkat(directory.number(), aside.c_str(), 0);
      if (reason == EEXIST) return false;
      errno = reason;
      fail_with("put " + name);
    }
    sync_directory(directory, below);
    return true;
  }

  // Made where it is missing, but not the root.
  Descriptor made(const std::string& below) {
    Descriptor at(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at) fail_with("open the output directory");
    for (const fs::path& segment : fs::path(below)) {
      const bool is_new = mkdirat(at.number(), segment.c_str(), 0777) == 0;
      if (!is_new && errno != EEXIST) fail_with("create " + below);
      if (is_new) sync_directory(at, below);
      Descriptor next = open_directory_beneath(at.number(), segment.string());
      if (!next) fail_with("open " + below);
      at = std::move(next);
    }
    return at;
  }

  // Empty where it is not there.
  Descriptor opened(const std::string& below) {
    const Descriptor top(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top) fail_with("open the output directory");
    Descriptor found = open_directory_beneath(top.number(), below);
    if (!found && errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != EXDEV) fail_with("open " + below);
    return found;
  }

  // Where the file system knows no files without a name: it has one for a moment.
  static int unnamed_file(const Descriptor& directory) {
    const std::string name = ".upload-" + random_hex(16);
    const int file = openat(directory.number(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (file >= 0) unlinkat(directory.number(), name.c_str(), 0);
    return file;
  }

  static void copy_in(const DatasetUpload& upload, const Descriptor& directory, const std::string& content) {
    const std::string aside = ".upload-" + random_hex(16);
    const Descriptor file(openat(directory.number(), aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!file) fail_with("write " + content);
    const auto give_up = [&] {
      const int reason = errno;
      unlinkat(directory.number(), aside.c_str(), 0);
      errno = reason;
      fail_with("write " + content);
    };
    char buffer[1u << 16];
    off_t at = 0;
    for (ssize_t got; (got = pread(upload.descriptor(), buffer, sizeof buffer, at)) != 0; at += got) {
      if (got < 0 || write(file.number(), buffer, static_cast<std::size_t>(got)) != got) give_up();
    }
    if (fsync(file.number()) != 0 ||
        renameat(directory.number(), aside.c_str(), directory.number(), content.c_str()) != 0) {
      give_up();
    }
  }

  const fs::path root_;
};

}  // namespace

std::unique_ptr<DatasetStore> make_local_datasets(fs::path output_dir) {
  return std::make_unique<LocalDatasets>(std::move(output_dir));
}

}  // namespace backtest
