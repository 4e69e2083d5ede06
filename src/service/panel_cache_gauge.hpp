// How much the cache of loaded panels holds, for telemetry: looked at now and then on a thread of its own, so that
// whoever asks never waits for a disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>

#include "base/background_work.hpp"

namespace backtest {

class PanelCacheGauge {
 public:
  explicit PanelCacheGauge(std::filesystem::path directory);
  std::uint64_t bytes() const { return bytes_.load(); }

 private:
  const std::filesystem::path directory_;
  std::atomic<std::uint64_t> bytes_{0};
  BackgroundWork work_;
};

}  // namespace backtest
