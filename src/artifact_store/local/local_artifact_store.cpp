#include "artifact_store/local/local_artifact_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "artifact_store/local/beneath.hpp"
#include "artifact_store/local/local_attempt.hpp"
#include "artifact_store/manifest.hpp"
#include "base/run_id.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view attempts_directory = "attempts";
constexpr std::size_t largest_manifest_bytes = 16u << 20;

bool is_letter_or_digit(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// attempts/<epoch>-<token>
bool valid_attempt_prefix(std::string_view prefix) {
  if (!prefix.starts_with(attempts_directory) || prefix.substr(attempts_directory.size(), 1) != "/") return false;
  const std::string_view name = prefix.substr(attempts_directory.size() + 1);
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size()) return false;
  return name.substr(0, dash).find_first_not_of("0123456789") == std::string_view::npos &&
         std::ranges::all_of(name.substr(dash + 1), is_letter_or_digit);
}

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
  explicit LocalArtifactStore(fs::path root) : root_(std::move(root)) {}

  void check() override {
    std::error_code error;
    fs::create_directories(root_, error);
    if (error)
      throw std::runtime_error("cannot create the output directory " + root_.string() + ": " + error.message());
    const std::string probe = (root_ / (".writable-" + std::to_string(getpid()))).string();
    const Descriptor written(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!written) {
      throw std::runtime_error("cannot write to the output directory " + root_.string() + ": " +
                               std::generic_category().message(errno));
    }
    unlink(probe.c_str());
  }

  std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch,
                                          std::string_view token) override {
    const std::string prefix = std::string(attempts_directory) + "/" + std::to_string(epoch) + "-" + std::string(token);
    if (!valid_run_id(run_id) || !valid_attempt_prefix(prefix)) {
      throw std::runtime_error("no place for artifacts: the run id or the token has characters that are not allowed");
    }
    const Descriptor run = make_directory(root(), std::string(run_id));
    const Descriptor attempts = make_directory(run, std::string(attempts_directory));
    make_directory(attempts, prefix.substr(attempts_directory.size() + 1));
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

  void remove_run(std::string_view run_id) override {
    if (valid_run_id(run_id)) fs::remove_all(root_ / run_id);  // removes links, never what they point at
  }

  std::vector<std::string> attempts(std::string_view run_id) override {
    std::vector<std::string> prefixes;
    if (!open_below_run(run_id, attempts_directory)) return prefixes;
    for (const auto& entry : fs::directory_iterator(root_ / run_id / attempts_directory)) {
      const std::string prefix = std::string(attempts_directory) + "/" + entry.path().filename().string();
      if (valid_attempt_prefix(prefix)) prefixes.push_back(prefix);
    }
    std::ranges::sort(prefixes);
    return prefixes;
  }

  void remove_attempt(std::string_view run_id, std::string_view prefix) override {
    if (!valid_run_id(run_id) || !valid_attempt_prefix(prefix)) return;
    if (!open_below_run(run_id, attempts_directory)) return;
    fs::remove_all(root_ / run_id / prefix);
  }

  std::vector<std::string> run_ids() override {
    std::vector<std::string> ids;
    for (const auto& entry : fs::directory_iterator(root_)) {
      std::string name = entry.path().filename().string();
      if (valid_run_id(name) && entry.symlink_status().type() == fs::file_type::directory) ids.push_back(name);
    }
    std::ranges::sort(ids);
    return ids;
  }

  std::uint64_t free_bytes() override {
    struct statvfs status{};
    if (statvfs(root_.c_str(), &status) != 0) {
      throw std::system_error(errno, std::generic_category(), "free space of " + root_.string());
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

 private:
  // With an empty prefix, what attempts left below the same directory is nobody's result.
  static bool is_hidden(std::string_view prefix, std::string_view name) {
    return prefix.empty() && name.substr(0, name.find('/')) == attempts_directory;
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
};

}  // namespace

std::unique_ptr<ArtifactStore> make_local_artifact_store(const fs::path& output_dir) {
  return std::make_unique<LocalArtifactStore>(fs::absolute(output_dir));
}

}  // namespace backtest
