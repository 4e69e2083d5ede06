// How long things took, counted in fixed steps, in Prometheus' text format. Every method may be called from any thread;
// recording takes no lock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

class DurationHistogram {
 public:
  // From half a millisecond to 15 seconds.
  static constexpr std::array<double, 13> default_bounds_s = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                              0.1,    0.25,  0.5,    1.0,   5.0,  15.0};

  // Ascending; they outlive the object.
  explicit DurationHistogram(std::span<const double> bounds_s = default_bounds_s)
      : bounds_s_(bounds_s), counts_(bounds_s.size() + 1) {}

  void record(std::chrono::nanoseconds duration);
  // The samples of one histogram. `labels` such as `route="/runs"`, or nothing.
  void append_text(std::string& text, std::string_view name, std::string_view labels) const;

 private:
  const std::span<const double> bounds_s_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // the last: longer than all bounds
  std::atomic<std::int64_t> sum_ns_ = 0;
};

// Records from its construction to its end, however that comes.
class DurationRecording {
 public:
  explicit DurationRecording(DurationHistogram& histogram) : histogram_(histogram) {}
  ~DurationRecording() { histogram_.record(std::chrono::steady_clock::now() - begin_); }
  DurationRecording(const DurationRecording&) = delete;
  DurationRecording& operator=(const DurationRecording&) = delete;

 private:
  DurationHistogram& histogram_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace backtest
