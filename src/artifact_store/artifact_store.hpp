// Where artifacts live. An attempt writes below <run_id>/attempts/<epoch>-<token>/, never renames, and seals with a
// manifest written last. Nothing is visible until the run record points at the attempt's prefix: that conditional
// write is the run store's, so a loser's files are only rubbish to collect.
//
// Every store passes conformance_test.cpp; the README says how one is added. Any thread may call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

class DatasetStore;

struct ArtifactInfo {
  std::string name;  // recursive, '/' between segments
  std::uint64_t size_bytes = 0;
  std::string sha256;            // empty where no manifest gives it
  std::int64_t modified_at = 0;  // microseconds since 1970, UTC
};

struct AttemptInfo {
  std::string prefix;            // attempts/<epoch>-<token>
  std::int64_t modified_at = 0;  // of the file written last; microseconds since 1970, UTC
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

// What was to be carried elsewhere could not be, also when it was tried again. The text is for the log.
class UploadFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// seal() was asked to stop.
class SealStopped : public std::runtime_error {
 public:
  SealStopped() : std::runtime_error("stopped") {}
};

using StopRequested = std::function<bool()>;

// One attempt being written. For one thread.
class AttemptArtifacts {
 public:
  virtual ~AttemptArtifacts() = default;
  // A local directory that the child process writes into; empty at first. Where it is not the attempt's final place,
  // seal() carries its files there.
  virtual std::filesystem::path directory() const = 0;
  virtual std::uint64_t size_bytes() = 0;  // of what was written so far
  // Makes every file of directory() durable at its place, then writes the manifest that names them, with where they
  // are. Returns what complete() points at. Throws where a file cannot be kept or has a name that no artifact may have;
  // after UploadFailed the files of directory() are whole, and stay until discard().
  // `submitted_at` stands in the manifest as `uploaded_at`, so that a run that is tried again writes the same bytes.
  // `is_stopped` is asked between files and tries, from several threads; once it says yes, SealStopped is thrown and
  // nothing is sealed.
  virtual SealedArtifacts seal(std::string_view submitted_at, const StopRequested& is_stopped) = 0;
  SealedArtifacts seal(std::string_view submitted_at) {
    return seal(submitted_at, [] { return false; });
  }
  // Removes what the attempt wrote, sealed or not; for attempts that nothing will ever point at. Does not throw.
  virtual void discard() = 0;
};

enum class ArtifactError { not_found, bad_name };

// Whether another attempt may begin, and for people how much room there is.
struct Room {
  bool is_enough = true;
  std::string description;  // "812 MB free"
};

class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;
  // Throws std::runtime_error with a reason for the log when artifacts cannot be written there now. Creates nothing
  // but what the first call found missing.
  virtual void check() = 0;
  virtual Room room() = 0;
  bool has_room() { return room().is_enough; }

  // The identity of the run store that these artifacts belong to (RunStore::identity()), written once; nullopt where
  // none was written yet. Throws where it cannot be read.
  virtual std::optional<std::string> owner() = 0;
  // Durable when it returns. Where another caller was first, its identity stays: read owner() again.
  virtual void set_owner(const std::string& identity) = 0;

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

  // Puts back what a backup kept of a run: every file below `from`, with its bytes as they are, durable when it
  // returns. `prefix` as in open(); nothing is there yet.
  virtual void put_back(std::string_view run_id, std::string_view prefix, const std::filesystem::path& from) = 0;

  // A run is removed in three steps: condemn_run() notes it, then its record goes, then remove_run() removes its files
  // and, last, the note. Whoever finds a note without a record may finish what another process began.
  virtual void condemn_run(std::string_view run_id) = 0;
  virtual void spare_run(std::string_view run_id) = 0;  // takes the note back
  virtual std::vector<std::string> condemned_runs() = 0;
  virtual void remove_run(std::string_view run_id) = 0;

  // All attempts of a run that left anything, whether published, running or lost; by prefix.
  virtual std::vector<AttemptInfo> attempts(std::string_view run_id) = 0;
  virtual void remove_attempt(std::string_view run_id, std::string_view prefix) = 0;
  // Every run that has a place here, by id.
  virtual std::vector<std::string> run_ids() = 0;

  // Data sets that callers uploaded; null where the store keeps none.
  virtual DatasetStore* datasets() { return nullptr; }
};

// Each segment obeys SEC-2: non-empty, no '\\', not '.' or '..', at most 256 bytes in all, no control characters.
bool valid_artifact_name(std::string_view name);

}  // namespace backtest
