// A fault that goes on is said once a minute, not each time it is met. For one thread.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

namespace backtest {

class RepeatedFault {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes say_every{1};

  // Whether to say it now.
  bool is_to_be_said(Time now = std::chrono::steady_clock::now()) {
    if (said_at_ && now - *said_at_ < say_every) return false;
    said_at_ = now;
    return true;
  }
  // The fault is over: the next one is said at once. Whether there was one.
  bool end() { return std::exchange(said_at_, std::nullopt).has_value(); }

 private:
  std::optional<Time> said_at_;
};

}  // namespace backtest
