// Artifacts that were read from object storage, as files on this machine's disk, named by the SHA-256 of their bytes. A
// file is used only after its bytes were found to have that hash: while it was written, or, where another process left
// it, before its first use here. Several processes may use one directory.
//
// Above the limit, and while the disk has less room than wanted, the files used longest ago are removed; whoever reads
// one keeps it open. Any thread may call. What the disk refuses makes the cache useless, never the artifact unreadable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

namespace backtest {

struct ArtifactCacheLimits {
  std::uint64_t bytes = 0;  // 0 = no cache
  std::uint64_t min_free_bytes = 0;
};

// Open for reading, until it goes.
class CachedFile {
 public:
  explicit CachedFile(int descriptor) : descriptor_(descriptor) {}
  ~CachedFile();
  CachedFile(const CachedFile&) = delete;
  CachedFile& operator=(const CachedFile&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

// A file on its way into the cache. Removed where it is not kept.
class CacheFill;

class ArtifactCache {
 public:
  ArtifactCache(std::filesystem::path directory, ArtifactCacheLimits limits);

  // Null where it is not there, or is damaged (it is then removed).
  std::shared_ptr<CachedFile> find(const std::string& sha256, std::uint64_t size_bytes);
  // Null where there is no room for it.
  std::unique_ptr<CacheFill> begin(const std::string& sha256, std::uint64_t size_bytes);
  // Takes a file whose bytes were just hashed out of its place.
  void adopt(const std::filesystem::path& file, const std::string& sha256, std::uint64_t size_bytes);
  // Held while one caller fetches an artifact that others may want at the same time.
  std::unique_lock<std::mutex> lock_of(const std::string& sha256);

 private:
  friend class CacheFill;

  std::filesystem::path path_of(const std::string& sha256) const { return directory_ / sha256; }
  bool make_room(std::uint64_t size_bytes);
  bool is_disk_short(std::uint64_t size_bytes) const;
  std::uint64_t remove_oldest(std::uint64_t size_bytes);
  void note_verified(const std::string& sha256);

  const std::filesystem::path directory_;
  const ArtifactCacheLimits limits_;
  std::mutex mutex_;  // guards the next two
  std::unordered_set<std::string> verified_;
  std::optional<std::uint64_t> total_bytes_;  // about: other processes add and remove too
  std::mutex fetching_[16];
};

class CacheFill {
 public:
  CacheFill(ArtifactCache& cache, std::string sha256, std::filesystem::path aside, int descriptor);
  ~CacheFill();
  CacheFill(const CacheFill&) = delete;
  CacheFill& operator=(const CacheFill&) = delete;

  // False once the disk refused something.
  bool append(std::string_view bytes);
  // The caller has found the hash right. Null where the disk refused it.
  std::shared_ptr<CachedFile> keep();

 private:
  ArtifactCache& cache_;
  const std::string sha256_;
  const std::filesystem::path aside_;
  int descriptor_;
  bool is_whole_ = true;
};

}  // namespace backtest
