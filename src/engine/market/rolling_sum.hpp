// The sum of the last `window` values of each instrument, kept as values arrive. Values are added in order of time with
// compensation, and the sum is taken afresh from the kept values once per window, so that rounding never builds up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest {

class RollingSum {
 public:
  RollingSum(std::size_t window, std::size_t instruments);

  void push(InstrumentIndex i, double value);
  void clear(InstrumentIndex i);
  // All kept values times `factor`: a split changes the unit of a price.
  void rescale(InstrumentIndex i, double factor);

  std::size_t window() const { return window_; }
  bool full(InstrumentIndex i) const { return state_[i].count == window_; }
  double sum(InstrumentIndex i) const { return state_[i].sum + state_[i].compensation; }
  double mean(InstrumentIndex i) const { return sum(i) / static_cast<double>(window_); }

 private:
  struct State {
    std::uint32_t next = 0;
    std::uint32_t count = 0;
    double sum = 0.0;
    double compensation = 0.0;
  };
  void refresh(InstrumentIndex i);
  static void add(State& state, double value);

  std::size_t window_;
  std::vector<State> state_;
  std::vector<double> values_;  // [instrument][slot]
};

}  // namespace backtest
