// Moments of a sample of returns. Sums run left to right from 0.0.
#pragma once

#include <span>
#include <vector>

#include "engine/metric/summary.hpp"

namespace backtest {

struct Moments {
  double mean = 0.0;
  double deviation = 0.0;  // exactly 0 where only rounding varies (W-19 and model/tolerance.hpp)

  bool varies() const { return deviation > 0.0; }
};
// The sum of squares is divided by the size less `ddof` (NUM-4: 0). A sample of `ddof` values does not vary.
Moments moments_of(std::span<const double> sample, int ddof);

// The returns that performance is measured over: r_1 .. r_{n-1}. The first bar has no earlier NAV but initial cash, and
// belongs to it only where it trades or is the only one.
std::vector<double> return_sample(const SimulationResult& result, const Convention& convention);
// The same less the risk-free return of each bar.
std::vector<double> excess_sample(const SimulationResult& result, const Convention& convention);

// MET-2, geometric: of a return over `periods` bars; 0 for none. nullopt where more than all is lost or it overflows.
OptionalNumber annualized_return(double total_return, std::size_t periods, const Convention& convention);

double annualized(double deviation, const Convention& convention);

// MET-4, of excess returns; nullopt where they do not vary or the ratio is not finite.
OptionalNumber sharpe_ratio(const Moments& moments, const Convention& convention);

// Of excess returns. The deviation counts every bar, those above the risk-free return as 0. It keeps the size of the
// sample whatever ddof is: it is a root mean square, not a deviation from a mean. nullopt where no bar fell short.
OptionalNumber sortino_ratio(std::span<const double> excess, const Convention& convention);

// Between the two neighbours, linearly. `sorted` ascends and is not empty.
double quantile(std::span<const double> sorted, double share);

// nullopt for what is not finite.
OptionalNumber finite(double value);

}  // namespace backtest
