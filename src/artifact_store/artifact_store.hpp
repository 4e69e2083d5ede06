// Where artifacts live. An attempt writes below <run_id>/attempts/<epoch>-<token>/, never renames, and seals with a
// manifest written last. Nothing is visible until the run record points at the attempt's prefix: that conditional
// write is the run store's, so a loser's files are only rubbish to collect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

struct ArtifactInfo {
  std::string name;  // recursive, '/' between segments
  std::uint64_t size_bytes = 0;
  std::string sha256;            // empty where no manifest gives it
  std::int64_t modified_at = 0;  // microseconds since 1970, UTC
};

struct SealedArtifacts {
  std::string prefix;  // attempts/<epoch>-<token>
  std::string manifest_sha256;
};

// A half-open byte range; end = size when open-ended.
struct ByteRange {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> end;
};

class ArtifactReader {
 public:
  virtual ~ArtifactReader() = default;
  virtual std::uint64_t size() const = 0;  // of the whole artifact
  // Fills at most `capacity` bytes of the opened range; 0 at its end.
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;
};

// One attempt being written.
class AttemptArtifacts {
 public:
  virtual ~AttemptArtifacts() = default;
  // A local directory that the child process writes into. put_all() then brings its files to the store.
  virtual std::filesystem::path directory() const = 0;
  // Stores every file of directory() but the manifest, then the manifest. Returns what complete() points at.
  virtual SealedArtifacts seal() = 0;
};

enum class ArtifactError { not_found, bad_name };

class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;
  // Throws std::runtime_error with a reason for the log when the place cannot be used.
  virtual void check() = 0;
  virtual std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch,
                                                  std::string_view token) = 0;
  // open() and list() throw std::system_error when the store cannot be read, for want of descriptors or permissions for
  // instance: that says nothing about what it holds.
  // `prefix` is the record's pointer; empty = a result of the Python service, directly below the run's directory.
  virtual std::expected<std::unique_ptr<ArtifactReader>, ArtifactError> open(std::string_view run_id,
                                                                             std::string_view prefix,
                                                                             std::string_view name,
                                                                             const ByteRange& range) = 0;
  virtual std::vector<ArtifactInfo> list(std::string_view run_id, std::string_view prefix) = 0;
  virtual void remove_run(std::string_view run_id) = 0;
  // Attempts below a run that are not `keep_prefix`: what lost attempts left.
  virtual std::vector<std::string> attempts(std::string_view run_id) = 0;
  virtual void remove_attempt(std::string_view run_id, std::string_view prefix) = 0;
  virtual std::vector<std::string> run_ids() = 0;
  virtual std::uint64_t free_bytes() = 0;
};

// Each segment obeys SEC-2: non-empty, no '\\', not '.' or '..', at most 256 bytes in all, no control characters.
bool valid_artifact_name(std::string_view name);

}  // namespace backtest
