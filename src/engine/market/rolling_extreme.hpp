// The highest (or lowest) of the last `window` values of each instrument, by a queue that stays monotonic: each value
// enters and leaves it once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest {

enum class Extreme { highest, lowest };

class RollingExtreme {
 public:
  RollingExtreme(Extreme kind, std::size_t window, std::size_t instruments);

  void push(InstrumentIndex i, double value);
  void rescale(InstrumentIndex i, double factor);  // factor > 0 keeps the order

  bool full(InstrumentIndex i) const { return state_[i].pushed >= window_; }
  // Of the last `window` values, or of all while there are fewer; there is at least one.
  double value(InstrumentIndex i) const { return entries_[i * window_ + state_[i].begin].value; }

 private:
  struct Entry {
    double value = 0.0;
    std::uint64_t number = 0;  // of the push
  };
  struct State {
    std::uint64_t pushed = 0;
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  bool beaten(double kept, double arriving) const {
    return kind_ == Extreme::highest ? kept <= arriving : kept >= arriving;
  }

  Extreme kind_;
  std::size_t window_;
  std::vector<State> state_;
  std::vector<Entry> entries_;  // [instrument][slot], a ring
};

}  // namespace backtest
