// Return, volatility and the ratios of the two (MET-1..4).
#include <fmt/format.h>

#include <vector>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

void add_performance(const SimulationResult& result, double initial_cash, Summary& summary) {
  const Convention& convention = summary.convention;
  summary.final_nav = result.bars.back().nav;
  summary.total_return = relative_change(summary.final_nav, initial_cash);
  summary.annualized_return = annualized_return(summary.total_return, result.bars.size() - 1, convention);
  if (!summary.annualized_return) {
    summary.warnings.push_back(summary.total_return < -1.0
                                   ? "annualized_return is undefined: more than the initial cash was lost"
                                   : "annualized_return is undefined: it is too large for a number over so few bars");
  }
  if (!convention.spans_a_year()) {
    summary.warnings.push_back(
        fmt::format("annualized_return extrapolates {} day{}: less than a year is not annualised for people (GIPS)",
                    convention.days, convention.days == 1 ? "" : "s"));
  }
  const std::vector<double> sample = return_sample(result, convention);
  summary.annualized_volatility = annualized(moments_of(sample, convention.ddof).deviation, convention);
  const std::vector<double> excess = excess_sample(result, convention);
  const Moments moments = moments_of(excess, convention.ddof);
  const bool has_risk_free = !convention.risk_free.empty();
  summary.sharpe_ratio = sharpe_ratio(moments, convention);
  if (!summary.sharpe_ratio) {
    summary.warnings.push_back(has_risk_free ? "sharpe_ratio is undefined: returns above the risk-free rate do not vary"
                                             : "sharpe_ratio is undefined: the daily returns do not vary");
  }
  summary.sortino_ratio = sortino_ratio(excess, convention);
  if (!summary.sortino_ratio) {
    summary.warnings.push_back(has_risk_free ? "sortino_ratio is undefined: no bar earned less than the risk-free rate"
                                             : "sortino_ratio is undefined: no bar lost money");
  }
}

}  // namespace backtest
