// By when what a connection waits for must have come. One sweep over all connections looks at it once a second, which
// is cheaper than a timer in each.
#pragma once

#include <chrono>

namespace backtest {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  void arm(std::chrono::milliseconds time) {
    has_passed_ = false;
    at_ = Clock::now() + time;
  }
  void disarm() { at_ = Clock::time_point::max(); }
  // Whether it has passed at `now`: the wait is then to be interrupted.
  bool passes(Clock::time_point now) {
    if (now < at_) return false;
    has_passed_ = true;
    return true;
  }
  // Of the last one that was armed.
  bool has_passed() const { return has_passed_; }

 private:
  Clock::time_point at_ = Clock::time_point::max();
  bool has_passed_ = false;
};

}  // namespace backtest
