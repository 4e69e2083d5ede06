// What the numbers of a run are measured by: how long it is, how many of its bars make a year.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

// GIPS: the return of less than a year is not shown as a year's. In days between the first and the last bar.
inline constexpr int shortest_year_days = 360;

struct Convention {
  double bars_per_year = 252.0;
  bool bars_per_year_is_given = false;  // by the config; else it comes from the dates of the bars
  std::int32_t days = 0;                // last less first date of the simulated bars
  bool first_bar_trades = false;        // same_close: r_0 belongs to the sample
  int ddof = 0;                         // of deviations of returns
  std::vector<double> risk_free;        // the return of each bar; empty where it is 0 throughout
  std::string risk_free_source;         // for people: "0", "0.02 a year", "a series of yields"

  bool spans_a_year() const { return days >= shortest_year_days; }
};

struct BarsPerYear {
  double value = 252.0;
  bool is_known_calendar = true;  // false: an average over the run, for gaps of no usual frequency
};

// By the lower median of the gaps between consecutive dates (MET-9). Dates ascend.
BarsPerYear bars_per_year_of(std::span<const Date> dates);

// Adds a remark for each convention that a reader should know of.
Convention convention_of(const SimulationResult& result, const MarketData& market, const Policy& policy,
                         std::vector<std::string>& remarks);

}  // namespace backtest
