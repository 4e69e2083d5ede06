#include "artifact_store/local/local_artifact_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "artifact_store/attempt_prefix.hpp"
#include "artifact_store/local/beneath.hpp"
#include "artifact_store/local/local_attempt.hpp"
#include "artifact_store/local/local_datasets.hpp"
#include "artifact_store/local/write_synced.hpp"
#include "artifact_store/manifest.hpp"
#include "base/random_id.hpp"
#include "base/run_id.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view condemned_directory = ".condemned";  // one empty file a run, named by its id
constexpr const char* owner_file = ".run_store";                // the identity of the run store
constexpr std::size_t largest_manifest_bytes = 16u << 20;

// After an open that failed: there is no such file (or a link, which is none here), or the machine could not look.
void require_absence() {
  for (const int absent : {ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG}) {
    if (errno == absent) return;
  }
  throw std::system_error(errno, std::generic_category(), "look for an artifact");
}

class LocalReader final : public ArtifactReader {
 public:
  LocalReader(Descriptor file, std::uint64_t size, const ByteRange& range)
      : file_(std::move(file)), size_(size), at_(range.begin), end_(std::min(range.end.value_or(size), size)) {}

  std::uint64_t size() const override { return size_; }

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (at_ >= end_) return 0;
    const std::size_t wanted = std::min<std::uint64_t>(capacity, end_ - at_);
    for (;;) {
      const ssize_t got = pread(file_.number(), buffer, wanted, static_cast<off_t>(at_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw std::system_error(errno, std::generic_category(), "read an artifact");
      at_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }

 private:
  const Descriptor file_;
  const std::uint64_t size_;
  std::uint64_t at_, end_;
};

class LocalArtifactStore final : public ArtifactStore {
 public:
  LocalArtifactStore(fs::path root, std::uint64_t min_free_bytes)
      : root_(std::move(root)), min_free_bytes_(min_free_bytes), datasets_(make_local_datasets(root_)) {}

  DatasetStore* datasets() override { return datasets_.get(); }

  void check() override {
    // Once it was there, a directory that is gone is a fault to be seen, not to be covered by an empty one.
    if (!was_there_.load()) {
      std::error_code error;
      fs::create_directories(root_, error);
      if (error)
        throw std::runtime_error("cannot create the output directory " + root_.string() + ": " + error.message());
    }
    const std::string probe = (root_ / (".writable-" + std::to_string(getpid()))).string();
    const Descriptor written(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!written) {
      throw std::runtime_error("cannot write to the output directory " + root_.string() + ": " +
                               std::generic_category().message(errno));
    }
    unlink(probe.c_str());
    was_there_.store(true);
  }

  Room room() override {
    struct statvfs status{};
    if (statvfs(root_.c_str(), &status) != 0) {
      throw std::system_error(errno, std::generic_category(), "free space of " + root_.string());
    }
    const std::uint64_t free_bytes = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    const bool is_enough = free_bytes >= min_free_bytes_;
    std::string text = std::to_string(free_bytes >> 20) + " MB free";
    if (!is_enough) text += ", at least " + std::to_string(min_free_bytes_ >> 20) + " MB are needed";
    return {.is_enough = is_enough, .description = std::move(text)};
  }

  std::optional<std::string> owner() override {
    const Descriptor directory = root();
    if (!directory) throw std::system_error(errno, std::generic_category(), "open " + root_.string());
    const Descriptor file = open_file_beneath(directory.number(), owner_file);
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file) throw std::system_error(errno, std::generic_category(), "read " + (root_ / owner_file).string());
    char text[256];
    const ssize_t got = read(file.number(), text, sizeof text);
    if (got < 0) throw std::system_error(errno, std::generic_category(), "read " + (root_ / owner_file).string());
    const std::string_view line(text, static_cast<std::size_t>(got));
    return std::string(line.substr(0, line.find('\n')));
  }

  void set_owner(const std::string& identity) override {
    const Descriptor directory = root();
    if (!directory) throw std::system_error(errno, std::generic_category(), "open " + root_.string());
    // Written aside and linked: whoever reads it reads it whole, and the first one stays.
    const std::string aside = owner_file + ("-" + random_hex(16));
    write_synced(directory.number(), aside, identity + "\n");
    const bool is_linked = linkat(directory.number(), aside.c_str(), directory.number(), owner_file, 0) == 0;
    const int error = errno;
    unlinkat(directory.number(), aside.c_str(), 0);
    if (!is_linked && error != EEXIST) {
      throw std::system_error(error, std::generic_category(), "write " + (root_ / owner_file).string());
    }
    fsync(directory.number());
  }

  std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch,
                                          std::string_view token) override {
    const std::string prefix = attempt_prefix(epoch, token);
    if (!valid_run_id(run_id) || !valid_attempt_prefix(prefix)) {
      throw std::runtime_error("no place for artifacts: the run id or the token has characters that are not allowed");
    }
    const Descriptor top = root();
    if (!top) throw std::system_error(errno, std::generic_category(), "open the output directory " + root_.string());
    const auto make = [&] {
      const Descriptor run = make_directory(top, std::string(run_id));
      const Descriptor attempts = make_directory(run, std::string(attempts_directory));
      make_directory(attempts, prefix.substr(attempts_directory.size() + 1));
    };
    try {
      make();
    } catch (const std::system_error& error) {
      // An earlier attempt that was discarded took the empty directories with it.
      if (error.code() != std::errc::no_such_file_or_directory) throw;
      make();
    }
    return std::make_unique<LocalAttempt>(root_, std::string(run_id), prefix);
  }

  std::expected<std::unique_ptr<ArtifactReader>, ArtifactError> open(std::string_view run_id, std::string_view prefix,
                                                                     std::string_view name,
                                                                     const ByteRange& range) override {
    if (!valid_artifact_name(name)) return std::unexpected(ArtifactError::bad_name);
    if (is_hidden(prefix, name)) return std::unexpected(ArtifactError::not_found);
    const Descriptor directory = directory_of(run_id, prefix);
    if (!directory) return std::unexpected(ArtifactError::not_found);
    Descriptor file = open_file_beneath(directory.number(), std::string(name));
    if (!file) require_absence();
    struct stat status{};
    if (!file || fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return std::unexpected(ArtifactError::not_found);
    }
    return std::make_unique<LocalReader>(std::move(file), static_cast<std::uint64_t>(status.st_size), range);
  }

  std::vector<ArtifactInfo> list(std::string_view run_id, std::string_view prefix) override {
    std::vector<ArtifactInfo> infos;
    const Descriptor directory = directory_of(run_id, prefix);
    if (!directory) return infos;
    const auto manifest = read_manifest(run_id, prefix);
    walk_files(directory.number(), [&](const FoundFile& file) {
      if (is_hidden(prefix, file.name) || !valid_artifact_name(file.name)) return;
      const ManifestFile* named = manifest ? manifest->find(file.name) : nullptr;
      infos.push_back({file.name, file.size_bytes, named ? named->sha256 : "", file.modified_at});
    });
    std::ranges::sort(infos, {}, &ArtifactInfo::name);
    return infos;
  }

  void put_back(std::string_view run_id, std::string_view prefix, const fs::path& from) override {
    if (!valid_run_id(run_id) || (!prefix.empty() && !valid_attempt_prefix(prefix))) {
      throw std::runtime_error("no place for artifacts: " + std::string(run_id) + "/" + std::string(prefix));
    }
    const fs::path target = root_ / run_id / prefix;
    fs::create_directories(target.parent_path());
    fs::copy(from, target, fs::copy_options::recursive);
    const auto sync_all = [](const fs::path& path) {
      const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (!opened || fsync(opened.number()) != 0) {
        throw std::system_error(errno, std::generic_category(), "sync " + path.string());
      }
    };
    for (const auto& entry : fs::recursive_directory_iterator(target)) sync_all(entry.path());
    for (fs::path above = target; above != root_.parent_path(); above = above.parent_path()) sync_all(above);
  }

  void condemn_run(std::string_view run_id) override {
    if (!valid_run_id(run_id)) return;
    const Descriptor notes = make_directory(root(), std::string(condemned_directory));
    write_synced(notes.number(), std::string(run_id), "");
    fsync(notes.number());
  }

  void spare_run(std::string_view run_id) override {
    if (valid_run_id(run_id)) unlink((root_ / condemned_directory / run_id).c_str());
  }

  std::vector<std::string> condemned_runs() override { return ids_in(root_ / condemned_directory); }

  void remove_run(std::string_view run_id) override {
    if (!valid_run_id(run_id)) return;
    fs::remove_all(root_ / run_id);  // removes links, never what they point at
    spare_run(run_id);
  }

  std::vector<AttemptInfo> attempts(std::string_view run_id) override {
    std::vector<AttemptInfo> found;
    if (!open_below_run(run_id, attempts_directory)) return found;
    for (const auto& entry : fs::directory_iterator(root_ / run_id / attempts_directory)) {
      const std::string prefix = std::string(attempts_directory) + "/" + entry.path().filename().string();
      const Descriptor directory = directory_of(run_id, prefix);
      if (!directory || !valid_attempt_prefix(prefix)) continue;
      found.push_back({prefix, last_modified(directory)});
    }
    std::ranges::sort(found, {}, &AttemptInfo::prefix);
    return found;
  }

  void remove_attempt(std::string_view run_id, std::string_view prefix) override {
    if (!valid_run_id(run_id) || !valid_attempt_prefix(prefix)) return;
    if (!open_below_run(run_id, attempts_directory)) return;
    fs::remove_all(root_ / run_id / prefix);
  }

  std::vector<std::string> run_ids() override {
    std::vector<std::string> ids = ids_in(root_);
    std::erase_if(ids, [&](const std::string& id) {
      std::error_code ignored;
      return fs::symlink_status(root_ / id, ignored).type() != fs::file_type::directory;
    });
    return ids;
  }

 private:
  // With an empty prefix, what attempts left below the same directory is nobody's result.
  static bool is_hidden(std::string_view prefix, std::string_view name) {
    return prefix.empty() && name.substr(0, name.find('/')) == attempts_directory;
  }

  // Names of runs in a directory; none where it is not there.
  static std::vector<std::string> ids_in(const fs::path& directory) {
    std::vector<std::string> ids;
    std::error_code error;
    fs::directory_iterator entries(directory, error);
    if (error && error != std::errc::no_such_file_or_directory) {
      throw std::system_error(error, "list " + directory.string());
    }
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      std::string name = entries->path().filename().string();
      if (valid_run_id(name)) ids.push_back(std::move(name));
    }
    std::ranges::sort(ids);
    return ids;
  }

  static std::int64_t last_modified(const Descriptor& directory) {
    struct stat status{};
    std::int64_t latest = 0;
    if (fstat(directory.number(), &status) == 0) {
      latest = status.st_mtim.tv_sec * 1'000'000LL + status.st_mtim.tv_nsec / 1000;
    }
    walk_files(directory.number(), [&](const FoundFile& file) { latest = std::max(latest, file.modified_at); });
    return latest;
  }

  Descriptor root() const { return Descriptor(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

  static Descriptor make_directory(const Descriptor& above, const std::string& name) {
    if (!above || (mkdirat(above.number(), name.c_str(), 0777) != 0 && errno != EEXIST)) {
      throw std::system_error(errno, std::generic_category(), "create the artifact directory " + name);
    }
    Descriptor made = open_directory_beneath(above.number(), name);
    if (!made) throw std::system_error(errno, std::generic_category(), "open the artifact directory " + name);
    return made;
  }

  // Empty where there is none, or where a name is not one of ours.
  Descriptor directory_of(std::string_view run_id, std::string_view prefix) const {
    if (!prefix.empty() && !valid_attempt_prefix(prefix)) return {};
    return open_below_run(run_id, prefix);
  }

  Descriptor open_below_run(std::string_view run_id, std::string_view relative) const {
    if (!valid_run_id(run_id)) return {};
    const Descriptor top = root();
    if (!top) throw std::system_error(errno, std::generic_category(), "open the output directory");
    std::string path(run_id);
    if (!relative.empty()) path.append("/").append(relative);
    Descriptor below = open_directory_beneath(top.number(), path);
    if (!below) require_absence();
    return below;
  }

  std::optional<ArtifactManifest> read_manifest(std::string_view run_id, std::string_view prefix) {
    const auto reader = open(run_id, prefix, manifest_name, {});
    if (!reader || (*reader)->size() > largest_manifest_bytes) return std::nullopt;
    std::string text(static_cast<std::size_t>((*reader)->size()), '\0');
    std::size_t filled = 0;
    while (const std::size_t got = (*reader)->read(text.data() + filled, text.size() - filled)) filled += got;
    try {
      return parse_manifest(std::string_view(text).substr(0, filled));
    } catch (const std::runtime_error&) {
      return std::nullopt;  // an old or broken manifest hides no file
    }
  }

  const fs::path root_;
  const std::uint64_t min_free_bytes_;
  const std::unique_ptr<DatasetStore> datasets_;
  std::atomic<bool> was_there_{false};
};

}  // namespace

std::unique_ptr<ArtifactStore> make_local_artifact_store(const fs::path& output_dir, std::uint64_t min_free_bytes) {
  return std::make_unique<LocalArtifactStore>(fs::absolute(output_dir), min_free_bytes);
}

}  // namespace backtest
