// Random numbers by counter: a number depends on its stream and index alone, and on no library. Only the four basic
// operations are used, so that it is the same on every machine.
#pragma once

#include <cstdint>

namespace backtest {

class SampleRandom {
 public:
  explicit SampleRandom(std::uint64_t stream) : state_(mixed(stream * 0x9E3779B97F4A7C15U + 0x5851F42D4C957F2DU)) {}

  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // in [0, 1)
  bool chance(double probability) { return uniform() < probability; }
  // Nearly normal, within 6: the sum of twelve uniform numbers.
  double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15U); }
  // The finaliser of SplitMix64.
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
  }
  std::uint64_t state_;
};

}  // namespace backtest
