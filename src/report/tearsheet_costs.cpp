// What was traded and what it cost, over time.
#include <fmt/format.h>

#include <algorithm>

#include "engine/metric/period_cost.hpp"
#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"

namespace backtest {

namespace {

struct Periods {
  Period period = Period::year;
  std::string_view name = "year";
};

// Weeks of a short run, else the shortest of months, quarters and years whose bars can be told apart.
Periods periods_of(const RunView& run) {
  const std::int32_t days = run.date_of_row(run.result.bars.size() - 1).days - run.date_of_row(0).days;
  if (days < 92) return {Period::week, "week"};
  if (days < 92 * 24) return {Period::month, "month"};
  return days < 366 * 20 ? Periods{Period::quarter, "quarter"} : Periods{};
}

std::string label_of(const PeriodCost& cost, Period period) {
  switch (period) {
    case Period::week:
      return fmt::format("{}-W{:02}", cost.year, cost.period);
    case Period::month:
      return fmt::format("{}-{:02}", cost.year, cost.period);
    case Period::quarter:
      return fmt::format("{} Q{}", cost.year, cost.period);
    case Period::year:
      break;
  }
  return std::to_string(cost.year);
}

}  // namespace

std::string cost_part(Sheet& sheet) {
  const RunView& run = sheet.run;
  const Periods periods = periods_of(run);
  std::string out = "<section>\n<h2>Turnover and costs</h2>\n";
  if (run.result.fills.empty()) return out + "<p class=\"none\">Nothing was traded.</p>\n</section>\n";
  std::vector<std::string> labels;
  std::vector<double> turnover, commission, slippage, money;
  std::vector<Bar> turnover_bars, commission_bars, slippage_bars;
  double most_turnover = 0.0, least_cost = 0.0, most_cost = 0.0;
  for (const PeriodCost& cost : period_costs(run.result, run.prices, run.summary.initial_cash, periods.period)) {
    labels.push_back(label_of(cost, periods.period));
    turnover.push_back(cost.turnover);
    commission.push_back(cost.commission_share.value_or(missing));
    slippage.push_back(cost.slippage_share.value_or(missing));
    money.push_back(cost.commission + cost.slippage);
    turnover_bars.push_back({0.0, cost.turnover});
    const double paid = cost.commission_share.value_or(0.0), all = paid + cost.slippage_share.value_or(0.0);
    commission_bars.push_back({0.0, paid});
    slippage_bars.push_back({std::min(paid, all), std::max(paid, all)});
    most_turnover = std::max(most_turnover, cost.turnover);
    least_cost = std::min({least_cost, paid, all});
    most_cost = std::max({most_cost, paid, all});
  }
  const std::size_t slots = sheet.readings.add_slots(labels);
  const Scale turned = linear_scale(0.0, std::max(most_turnover * 1.05, 1e-4), 4);
  const std::string turnover_plots =
      plot("small", "Turnover over time",
           grid(turned) + path_element("bar a", bars_path(turnover_bars, turned, 0.15, 0.85)), percent_labels(turned)) +
      slot_labels(labels);
  if (most_cost - least_cost < 1e-6) most_cost = least_cost + 0.001;  // a run without costs has a scale too
  const Scale paid = linear_scale(least_cost * 1.05, most_cost * 1.05, 4);
  const std::string cost_shapes = grid(paid) + path_element("bar a", bars_path(commission_bars, paid, 0.15, 0.85)) +
                                  path_element("bar b", bars_path(slippage_bars, paid, 0.15, 0.85));
  const std::string cost_plots =
      plot("small", "Costs over time", cost_shapes, percent_labels(paid)) + slot_labels(labels);
  out += "<div class=\"charts\">\n" + chart("Turnover a " + std::string(periods.name) + ", one-way", {}, turnover_plots,
                                            sheet.readings.add_chart(slots, {{"Turnover", Unit::percent, turnover}}));
  const std::vector<Reading> readings = {{"Commission", Unit::basis_points, commission},
                                         {"Slippage and spread", Unit::basis_points, slippage},
                                         {"Both, in money", Unit::money, money}};
  out += chart("Costs a " + std::string(periods.name) + ", of NAV", {{"a", "commission"}, {"b", "slippage and spread"}},
               cost_plots, sheet.readings.add_chart(slots, readings));
  return out + "</div>\n</section>\n";
}

}  // namespace backtest
