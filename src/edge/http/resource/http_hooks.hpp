// What the process around the server wants to know and to add. Hooks are called on threads of the server's pool.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace backtest {

struct HttpHooks {
  // A run was queued, or a cancel was asked for: a worker in this process may look at once.
  std::function<void(const std::string& run_id)> run_submitted;
  std::function<void(const std::string& run_id)> cancel_requested;
  // Further reasons for not being ready; the text is shown in public, so it names no internals.
  std::vector<std::function<std::optional<std::string>()>> readiness_checks;
  // Each appends metrics in Prometheus' text format. The store's may ask the store and take as long as
  // it takes: they are called one at a time on a thread of their own.
  std::vector<std::function<void(std::string& text)>> metrics, store_metrics;
};

}  // namespace backtest
