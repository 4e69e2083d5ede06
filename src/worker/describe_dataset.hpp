// Describes what a caller uploaded, in a process of its own: `backtest describe`, a command that only the service
// calls. Its process has no network, no file but the one that it was handed, and as much memory as a run: what would
// unfold to more than that ends there, and the upload is refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "base/json.hpp"

namespace backtest {

struct DescribeLimits {
  std::uint64_t memory_bytes = 0;  // 0 = none
  std::chrono::seconds time{120};
  std::function<bool()> is_stopping;  // asked while it goes on; unset: never
};

// `name` is what messages call it; its suffix says how it is read. The description (execute/describe_table.hpp), or why
// there is none, for the person who sent the file. Throws std::system_error where no process can be started.
std::expected<json::object, std::string> describe_dataset(const std::string& executable, int file,
                                                          const std::string& name, const DescribeLimits& limits);

// The child's side.
int describe_child();

}  // namespace backtest
