// A place in object storage as configs and settings write it (DATA-4, SEC-5), and whether it may be read or written.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "settings/storage_settings.hpp"

namespace backtest {

enum class ObjectService { azure, s3 };

struct ObjectLocation {
  ObjectService service = ObjectService::azure;
  std::string account;    // of Azure; empty for S3
  std::string container;  // or bucket
  std::string path;       // without outer slashes; never empty

  // Without credentials: az://account/container/path or s3://bucket/path.
  std::string text() const { return container_address() + "/" + path; }
  std::string container_address() const;
  friend bool operator==(const ObjectLocation&, const ObjectLocation&) = default;
};

// Whether a text is meant as a place in object storage by its scheme; `container/path` has none and is one only where
// the config says so.
bool names_object_storage(std::string_view text);

// `container/path` of the configured account, abfss://container@account.dfs.core.windows.net/path (abfs, wasbs and
// az://account/container/path alike), https://account.blob.core.windows.net/container/path, s3://bucket/path. The error
// is a whole sentence about the text, for a diagnostic: a form that is not known, or an account that is not configured
// (by name).
std::expected<ObjectLocation, std::string> parse_object_location(std::string_view text,
                                                                 const StorageSettings& settings);

// Why a place may not be read or written, or nothing. An empty list allows nothing.
std::optional<std::string> refusal_to_read(const ObjectLocation& location, const StorageSettings& settings);
std::optional<std::string> refusal_to_write(const ObjectLocation& location, const StorageSettings& settings);

}  // namespace backtest
