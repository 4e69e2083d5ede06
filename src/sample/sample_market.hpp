// The synthetic market: two funds and a few hundred shares over eight years, with splits, dividends, late listings,
// delistings and holes. What a share earns beyond the market drifts slowly, so that momentum and quality mean
// something.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/date.hpp"

namespace backtest {

inline constexpr const char* sample_stock_fund = "STOX";
inline constexpr const char* sample_bond_fund = "BOND";

struct SampleBar {
  std::uint32_t day = 0;  // index of SampleMarket::dates
  double open, high, low, close;
  double volume;
  double split = 1.0;
  double dividend = 0.0;
  double quality, value;  // signals known at that close
};

struct SampleInstrument {
  std::string symbol;
  std::vector<SampleBar> bars;
};

struct SampleMarket {
  std::vector<Date> dates;
  std::vector<SampleInstrument> instruments;  // ascending by symbol
};

SampleMarket make_sample_market();

}  // namespace backtest
