// What trading cost, and how much was traded.
#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

namespace {

// Each bar's return with its own costs added back, linked: costs saved early earn what the portfolio earned.
OptionalNumber gross_return(const SimulationResult& result, double initial_cash) {
  double growth = 1.0;
  double previous = initial_cash;
  for (const BarRow& bar : result.bars) {
    if (previous <= 0.0) return std::nullopt;
    growth *= (bar.nav + bar.commission + bar.slippage_cost) / previous;
    previous = bar.nav;
  }
  return finite(growth - 1.0);
}

}  // namespace

void add_costs(const SimulationResult& result, double initial_cash, Summary& summary) {
  for (const BarRow& bar : result.bars) {
    summary.commission_total += bar.commission;
    summary.slippage_total += bar.slippage_cost;
    summary.dividend_total += bar.dividends;
    summary.financing_total += bar.financing;
    summary.turnover_total += bar.turnover;
  }
  // Without costs linking would only add rounding to the same number.
  const bool free = summary.commission_total == 0.0 && summary.slippage_total == 0.0;
  summary.gross_return = free ? finite(summary.total_return) : gross_return(result, initial_cash);
  if (summary.gross_return) {
    const std::size_t periods = result.bars.size() - 1;
    summary.cost_drag = *summary.gross_return - summary.total_return;
    const OptionalNumber gross = annualized_return(*summary.gross_return, periods, summary.convention);
    if (gross && summary.annualized_return) summary.cost_drag_annual = *gross - *summary.annualized_return;
  } else {
    summary.warnings.push_back("gross_return and cost_drag are undefined: NAV was not positive, or grew too large");
  }
  const std::size_t periods = result.bars.size() - 1;
  if (periods == 0) {
    summary.warnings.push_back("turnover_annual is undefined: the run has a single bar");
    return;
  }
  summary.turnover_annual =
      finite(summary.turnover_total / 2.0 * summary.convention.bars_per_year / static_cast<double>(periods));
}

}  // namespace backtest
