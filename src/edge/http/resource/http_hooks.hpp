// What the process around the server wants to know and to add. Hooks are called on threads of the server's pool.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace backtest {

struct HttpHooks {
  // A run was queued, or a cancel was asked for: a worker in this process may look at once.
  std::function<void(const std::string& run_id)> run_submitted;
  std::function<void(const std::string& run_id)> cancel_requested;
  // What the file of an upload holds, or why it is refused, for people. `name` ends as that of a table. Unset: data
  // sets are not taken.
  std::function<std::expected<json::object, std::string>(int file, const std::string& name)> describe_dataset;
  // Why the process is not ready, or nullopt; does not wait. The text is shown in public, so it names no internals.
  // Unset: it always is.
  std::function<std::optional<std::string>()> unready;
  // Each appends telemetry in Prometheus' text format. The store's may ask the store and take as long as
  // it takes: they are called one at a time on a thread of their own.
  std::vector<std::function<void(std::string& text)>> telemetry, store_telemetry;
};

}  // namespace backtest
