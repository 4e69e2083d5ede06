#include "engine/market/rolling_sum.hpp"

#include <cmath>

#include "base/assertion.hpp"

namespace backtest {

RollingSum::RollingSum(std::size_t window, std::size_t instruments)
    : window_(window), state_(instruments), values_(window * instruments) {
  BACKTEST_ASSERT(window > 0, "a window holds something");
}

void RollingSum::add(State& state, double value) {
  const double total = state.sum + value;
  state.compensation +=
      std::abs(state.sum) >= std::abs(value) ? (state.sum - total) + value : (value - total) + state.sum;
  state.sum = total;
}

void RollingSum::push(InstrumentIndex i, double value) {
  State& state = state_[i];
  double& slot = values_[i * window_ + state.next];
  if (state.count == window_) {
    add(state, -slot);
  } else {
    ++state.count;
  }
  slot = value;
  add(state, value);
  if (++state.next == window_) {
    state.next = 0;
    refresh(i);  // the slots now stand in order of time
  }
}

void RollingSum::clear(InstrumentIndex i) {
  state_[i] = State{};
}

void RollingSum::rescale(InstrumentIndex i, double factor) {
  for (std::size_t slot = 0; slot < state_[i].count; ++slot) values_[i * window_ + slot] *= factor;
  refresh(i);
}

void RollingSum::refresh(InstrumentIndex i) {
  State& state = state_[i];
  state.sum = 0.0;
  state.compensation = 0.0;
  for (std::size_t slot = 0; slot < state.count; ++slot) add(state, values_[i * window_ + slot]);
}

}  // namespace backtest
