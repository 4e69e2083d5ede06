// exp, log and pow with the same bits on every CPU. glibc picks variants of the double functions by CPU (FMA or
// not); the 80-bit ones have a single implementation, and rounding them to double hides their last bits.
#pragma once

#include <cmath>

namespace backtest {

inline double real_exp(double x) {
  return static_cast<double>(expl(static_cast<long double>(x)));
}
inline double real_log(double x) {
  return static_cast<double>(logl(static_cast<long double>(x)));
}
inline double real_pow(double x, double y) {
  return static_cast<double>(powl(static_cast<long double>(x), static_cast<long double>(y)));
}

}  // namespace backtest
