// A place in object storage (DATA-4, SEC-5): `container/path` or `abfss://container@account-host/path`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

struct StorageReference {
  std::string container;
  std::string path;     // without outer slashes
  std::string account;  // host of an abfss URI; empty otherwise

  std::string text() const { return container + "/" + path; }
  friend bool operator==(const StorageReference&, const StorageReference&) = default;
};

// Strict (W-85): a container is 3 to 63 of a-z 0-9 '-', other schemes and '..' segments are refused.
std::optional<StorageReference> parse_storage_reference(std::string_view text);

}  // namespace backtest
