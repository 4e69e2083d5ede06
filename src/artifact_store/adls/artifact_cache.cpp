#include "artifact_store/adls/artifact_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/random_id.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view aside_ending = ".partial";
constexpr std::uint64_t smallest_bytes = 4096;  // that a file takes on a disk
constexpr std::chrono::hours aside_age{1};      // then its process is gone

struct Entry {
  fs::path path;
  fs::file_time_type used_at;
  std::uint64_t size_bytes = 0;
};

std::vector<Entry> entries_of(const fs::path& directory) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    Entry entry{at->path(), at->last_write_time(gone), std::max<std::uint64_t>(at->file_size(gone), smallest_bytes)};
    if (gone) continue;
    const bool is_aside = entry.path.filename().string().ends_with(aside_ending);
    if (is_aside && fs::file_time_type::clock::now() - entry.used_at > aside_age) fs::remove(entry.path, gone);
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool has_hash(int descriptor, const std::string& sha256, std::uint64_t size_bytes) {
  Sha256 hash;
  std::array<char, std::size_t{1} << 16> buffer;
  std::uint64_t at = 0;
  for (;;) {
    const ssize_t got = pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    hash.update(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    at += static_cast<std::uint64_t>(got);
  }
  return at == size_bytes && hash.hex() == sha256;
}

}  // namespace

CachedFile::~CachedFile() {
  ::close(descriptor_);
}

ArtifactCache::ArtifactCache(fs::path directory, ArtifactCacheLimits limits)
    : directory_(std::move(directory)), limits_(limits) {}

std::unique_lock<std::mutex> ArtifactCache::lock_of(const std::string& sha256) {
  return std::unique_lock(fetching_[std::hash<std::string>()(sha256) % std::size(fetching_)]);
}

void ArtifactCache::note_verified(const std::string& sha256) {
  const std::lock_guard lock(mutex_);
  verified_.insert(sha256);
}

std::shared_ptr<CachedFile> ArtifactCache::find(const std::string& sha256, std::uint64_t size_bytes) {
  if (limits_.bytes == 0) return nullptr;
  const int descriptor = ::open(path_of(sha256).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return nullptr;
  auto file = std::make_shared<CachedFile>(descriptor);
  struct stat status{};
  bool is_sound = fstat(descriptor, &status) == 0 && static_cast<std::uint64_t>(status.st_size) == size_bytes;
  if (is_sound) {
    bool is_known = false;
    {
      const std::lock_guard lock(mutex_);
      is_known = verified_.contains(sha256);
    }
    is_sound = is_known || has_hash(descriptor, sha256, size_bytes);
  }
  if (!is_sound) {
    log_warning("a damaged file of the artifact cache is removed", {{"file", sha256}});
    unlink(path_of(sha256).c_str());
    const std::lock_guard lock(mutex_);
    verified_.erase(sha256);
    return nullptr;
  }
  note_verified(sha256);
  futimens(descriptor, nullptr);  // used now
  return file;
}

bool ArtifactCache::is_disk_short(std::uint64_t size_bytes) const {
  struct statvfs status{};
  if (statvfs(directory_.c_str(), &status) != 0) return true;
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize < limits_.min_free_bytes + size_bytes;
}

// Makes room for some more than is asked for, because each time all files are looked at. What is there then.
std::uint64_t ArtifactCache::remove_oldest(std::uint64_t size_bytes) {
  std::vector<Entry> entries = entries_of(directory_);
  std::ranges::sort(entries, {}, &Entry::used_at);
  std::uint64_t total = 0;
  for (const Entry& entry : entries) total += entry.size_bytes;
  const std::uint64_t wanted = limits_.bytes - limits_.bytes / 8;
  for (const Entry& entry : entries) {
    if (total + size_bytes <= wanted && !is_disk_short(size_bytes)) break;
    std::error_code ignored;
    fs::remove(entry.path, ignored);
    total -= entry.size_bytes;
    verified_.erase(entry.path.filename().string());
  }
  return total;
}

// False where it does not fit.
bool ArtifactCache::make_room(std::uint64_t size_bytes) {
  size_bytes = std::max<std::uint64_t>(size_bytes, smallest_bytes);
  if (size_bytes > limits_.bytes / 2) return false;
  const std::lock_guard lock(mutex_);
  if (!total_bytes_) {
    std::error_code ignored;
    fs::create_directories(directory_, ignored);
    total_bytes_ = 0;
    for (const Entry& entry : entries_of(directory_)) *total_bytes_ += entry.size_bytes;
  }
  if (*total_bytes_ + size_bytes > limits_.bytes || is_disk_short(size_bytes)) {
    total_bytes_ = remove_oldest(size_bytes);
    if (*total_bytes_ + size_bytes > limits_.bytes || is_disk_short(size_bytes)) return false;
  }
  *total_bytes_ += size_bytes;
  return true;
}

std::unique_ptr<CacheFill> ArtifactCache::begin(const std::string& sha256, std::uint64_t size_bytes) {
  if (limits_.bytes == 0 || !make_room(size_bytes)) return nullptr;
  fs::path aside = directory_ / (sha256 + "-" + random_hex(8) + std::string(aside_ending));
  const int descriptor = ::open(aside.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return nullptr;
  return std::make_unique<CacheFill>(*this, sha256, std::move(aside), descriptor);
}

void ArtifactCache::adopt(const fs::path& file, const std::string& sha256, std::uint64_t size_bytes) {
  if (limits_.bytes == 0 || !make_room(size_bytes)) return;
  if (rename(file.c_str(), path_of(sha256).c_str()) == 0) note_verified(sha256);
}

CacheFill::CacheFill(ArtifactCache& cache, std::string sha256, fs::path aside, int descriptor)
    : cache_(cache), sha256_(std::move(sha256)), aside_(std::move(aside)), descriptor_(descriptor) {}

CacheFill::~CacheFill() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  unlink(aside_.c_str());
}

bool CacheFill::append(std::string_view bytes) {
  while (is_whole_ && !bytes.empty()) {
    const ssize_t wrote = ::write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    is_whole_ = wrote > 0;
    if (is_whole_) bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return is_whole_;
}

std::shared_ptr<CachedFile> CacheFill::keep() {
  if (!is_whole_ || rename(aside_.c_str(), cache_.path_of(sha256_).c_str()) != 0) return nullptr;
  cache_.note_verified(sha256_);
  return std::make_shared<CachedFile>(std::exchange(descriptor_, -1));
}

}  // namespace backtest
