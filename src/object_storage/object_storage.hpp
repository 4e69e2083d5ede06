// Objects in a container of Azure Blob/ADLS or a bucket of S3. One container is one ObjectContainer; its requests are
// tried again, with jitter and within bounds, for 408, 429, 5xx and lost connections, so that a caller sees an answer
// or StorageUnavailable. A write whose answer was lost is looked up before the caller hears of it: success means that
// these bytes stand there, `exists` and `changed` that somebody else's do.
//
// Any thread may call. Calls block. ETags have no quotes. A name that no object can have (empty, "a//b", "..") throws
// StorageUnavailable.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

// The service does not answer, refuses the credentials or fails again and again. The text is for the log and holds no
// secret.
class StorageUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class ObjectFault {
  not_found,
  exists,   // create(): another object stands there
  changed,  // replace(), read(): it is no longer the version that was named, or gone
};

// Microseconds since 1970, UTC, by the service's Date header: its resolution is a second.
using ServiceTime = std::int64_t;

struct ObjectInfo {
  std::string name;  // within the container, '/' between segments
  std::uint64_t size_bytes = 0;
  std::string etag;              // never empty
  std::int64_t modified_at = 0;  // microseconds since 1970, UTC
};

struct ObjectBytes {
  ObjectInfo info;
  std::string bytes;
  ServiceTime answered_at = 0;
};

struct ObjectVersion {
  std::string etag;
  ServiceTime answered_at = 0;
};

struct ObjectListing {
  std::vector<ObjectInfo> objects;    // by name ascending
  std::vector<std::string> prefixes;  // of list_directory(): what further '/' would open, each ending in '/'
  ServiceTime answered_at = 0;
};

class ObjectContainer {
 public:
  virtual ~ObjectContainer() = default;
  // Without credentials: az://account/container or s3://bucket, for messages and manifests.
  virtual const std::string& address() const = 0;
  virtual const std::string& name() const = 0;

  // The whole object, for small ones.
  virtual std::expected<ObjectBytes, ObjectFault> get(std::string_view name) = 0;
  virtual std::expected<ObjectInfo, ObjectFault> head(std::string_view name) = 0;
  // Fills the front of `buffer` from `offset` and returns how much of it; `etag` is the version it must still be.
  virtual std::expected<std::size_t, ObjectFault> read(std::string_view name, std::string_view etag,
                                                       std::uint64_t offset, std::span<char> buffer) = 0;

  // Only where nothing stands (If-None-Match: *).
  virtual std::expected<ObjectVersion, ObjectFault> create(std::string_view name, std::string_view bytes) = 0;
  // Only over that version (If-Match). An empty `etag` is a broken invariant.
  virtual std::expected<ObjectVersion, ObjectFault> replace(std::string_view name, std::string_view bytes,
                                                            std::string_view etag) = 0;
  virtual ObjectVersion put(std::string_view name, std::string_view bytes) = 0;
  // A file, in blocks several at a time, never whole in memory. Throws std::system_error where it cannot be read.
  virtual ObjectVersion upload(std::string_view name, const std::filesystem::path& file) = 0;
  // Nothing there is no error.
  virtual void remove(std::string_view name) = 0;

  // Everything below `prefix`, which names a directory with or without '/' at its end, at any depth, directories of
  // hierarchical accounts left out.
  virtual ObjectListing list(std::string_view prefix) = 0;
  // One level below `prefix`, which is empty or ends in '/'.
  virtual ObjectListing list_directory(std::string_view prefix) = 0;

  // Creates the container where it is missing and that is permitted; throws StorageUnavailable with the reason.
  virtual void create_container() = 0;
};

}  // namespace backtest
