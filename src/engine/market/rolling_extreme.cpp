#include "engine/market/rolling_extreme.hpp"

#include "base/assertion.hpp"

namespace backtest {

RollingExtreme::RollingExtreme(Extreme kind, std::size_t window, std::size_t instruments)
    : kind_(kind), window_(window), state_(instruments), entries_(window * instruments) {
  BACKTEST_ASSERT(window > 0, "a window holds something");
}

void RollingExtreme::push(InstrumentIndex i, double value) {
  State& state = state_[i];
  Entry* ring = entries_.data() + i * window_;
  const auto slot = [this, &state](std::uint32_t k) { return (state.begin + k) % window_; };
  if (state.size > 0 && ring[state.begin].number + window_ <= state.pushed) {
    state.begin = static_cast<std::uint32_t>(slot(1));
    --state.size;
  }
  while (state.size > 0 && beaten(ring[slot(state.size - 1)].value, value)) --state.size;
  ring[slot(state.size)] = Entry{.value = value, .number = state.pushed};
  ++state.size;
  ++state.pushed;
}

void RollingExtreme::rescale(InstrumentIndex i, double factor) {
  const State& state = state_[i];
  for (std::uint32_t k = 0; k < state.size; ++k) entries_[i * window_ + (state.begin + k) % window_].value *= factor;
}

}  // namespace backtest
