// Finished records from NAVs or fills, for tests of metrics: one bar a calendar day from 2020-01-30, a Thursday.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

struct Recorded {
  MarketData market;
  SimulationResult result;
  std::vector<double> close, split, dividend;  // Owned here: the panel only points.
  std::vector<std::uint8_t> has_row;

  Recorded() = default;
  Recorded(Recorded&&) = default;
};

inline Policy with_cash(double initial_cash) {
  Policy policy;
  policy.initial_cash = initial_cash;
  return policy;
}

// A market of `bars` bars where nothing moves: every close is 100.
inline Recorded quiet_market(std::size_t bars, std::vector<std::string> symbols) {
  Recorded run;
  run.result.opening_nav = 1000.0;
  Panel& prices = run.market.prices;
  for (std::size_t bar = 0; bar < bars; ++bar) {
    prices.dates.push_back(Date{make_date(2020, 1, 30).days + static_cast<std::int32_t>(bar)});
  }
  prices.instruments = std::move(symbols);
  const std::size_t cells = bars * prices.instruments.size();
  run.close.assign(cells, 100.0);
  run.split.assign(cells, missing);
  run.dividend.assign(cells, missing);
  run.has_row.assign(cells, 1);
  prices.open = run.close;
  prices.close = run.close;
  prices.split = run.split;
  prices.dividend = run.dividend;
  prices.has_row = run.has_row;
  return run;
}

// Rows as ENG-6 derives them from NAV; nothing is held.
inline Recorded record_of(double initial_cash, const std::vector<double>& navs) {
  Recorded run = quiet_market(navs.size(), {"A"});
  run.result.opening_nav = initial_cash;
  double peak = initial_cash;
  for (std::size_t k = 0; k < navs.size(); ++k) {
    peak = std::max(peak, navs[k]);
    BarRow row{.nav = navs[k], .cash = navs[k]};
    row.period_return = k == 0 ? 0.0 : relative_change(navs[k], navs[k - 1]);
    row.cumulative_return = relative_change(navs[k], initial_cash);
    row.drawdown = relative_change(navs[k], peak);
    run.result.bars.push_back(row);
  }
  run.result.holdings_begin.assign(navs.size() + 1, 0);
  return run;
}

}  // namespace backtest
