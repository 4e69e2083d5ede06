// Moments of a sample of returns. Sums run left to right from 0.0.
#pragma once

#include <span>

#include "engine/metric/summary.hpp"

namespace backtest {

inline constexpr double bars_per_year = 252.0;

struct Moments {
  double mean = 0.0;
  double deviation = 0.0;  // ddof 0 (NUM-4); exactly 0 where all values are equal
  double largest = 0.0;    // of the absolute values

  // A deviation that rounding alone can make says nothing (W-19).
  bool varies() const { return deviation > 1e-12 * largest; }
};
Moments moments_of(std::span<const double> sample);

double annualized(double deviation);

// MET-4; nullopt where the sample does not vary or the ratio is not finite.
OptionalNumber sharpe_ratio(const Moments& moments);

// nullopt for what is not finite.
OptionalNumber finite(double value);

}  // namespace backtest
