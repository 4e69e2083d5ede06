// Metrics in groups, what was noted, the config and the hashes.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/warning_list.hpp"
#include "report/html.hpp"
#include "report/summary_json.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

using Line = std::pair<std::string_view, std::string>;

// Numbers of the run alone.
std::string group(std::string_view name, const std::vector<Line>& lines) {
  std::string out = "<div><table class=\"group\"><thead><tr><th>" + std::string(name) +
                    "</th><th><span class=\"unseen\">Value</span></th></tr></thead><tbody>\n";
  for (const auto& [title, value] : lines) {
    out += "<tr><td>" + std::string(title) + "</td><td>" + value + "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

// Numbers that every series has, one column each.
struct Column {
  std::string title;  // HTML
  const Summary& summary;
};
struct Measure {
  std::string name;
  std::string (*show)(const Summary&);
};

std::string group(std::string_view name, const std::vector<Column>& columns, const std::vector<Measure>& measures) {
  if (columns.size() == 1) {
    std::vector<Line> lines;
    for (const Measure& measure : measures) lines.emplace_back(measure.name, measure.show(columns[0].summary));
    return group(name, lines);
  }
  std::string out = "<div><table class=\"group\"><thead><tr><th>" + std::string(name) + "</th>";
  for (const Column& column : columns) out += "<th>" + column.title + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const Measure& measure : measures) {
    out += "<tr><td>" + measure.name + "</td>";
    for (const Column& column : columns) out += "<td>" + measure.show(column.summary) + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

// GIPS: not for less than a year.
OptionalNumber of_a_year(const Summary& summary, OptionalNumber value) {
  return summary.convention.spans_a_year() ? value : std::nullopt;
}

template <OptionalNumber ReturnStatistics::* field>
std::string percent_of(const Summary& summary) {
  return shown_percent(summary.statistics.*field);
}
template <OptionalNumber ReturnStatistics::* field>
std::string ratio_of(const Summary& summary) {
  return shown_ratio(summary.statistics.*field);
}

std::string return_and_risk(const std::vector<Column>& columns) {
  return group(
      "Return and risk", columns,
      {{"Total return", [](const Summary& s) { return shown_signed_percent(s.total_return); }},
       {"Annual return", [](const Summary& s) { return shown_signed_percent(of_a_year(s, s.annualized_return)); }},
       {"Volatility", [](const Summary& s) { return shown_percent(s.annualized_volatility); }},
       {"Sharpe", [](const Summary& s) { return shown_ratio(s.sharpe_ratio); }},
       {"Chance that it is above 0",
        [](const Summary& s) { return shown_percent(s.statistics.probabilistic_sharpe_ratio, 1); }},
       {"Sortino", [](const Summary& s) { return shown_ratio(s.sortino_ratio); }},
       {"Calmar", [](const Summary& s) { return shown_ratio(of_a_year(s, s.calmar_ratio)); }},
       {"Omega", ratio_of<&ReturnStatistics::omega_ratio>},
       {"Gain to pain", ratio_of<&ReturnStatistics::gain_to_pain_ratio>}});
}

std::string drawdown_group(const std::vector<Column>& columns) {
  return group(
      "Drawdowns", columns,
      {{"Deepest", [](const Summary& s) { return shown_percent(s.max_drawdown); }},
       {"Its trough",
        [](const Summary& s) {
          return s.drawdowns.empty() ? std::string("none") : to_text(s.drawdowns.front().trough);
        }},
       {"Mean", percent_of<&ReturnStatistics::average_drawdown>},
       {"Longest, days",
        [](const Summary& s) { return shown_count(static_cast<std::size_t>(s.statistics.longest_drawdown_days)); }},
       {"Mean, days", [](const Summary& s) { return shown_ratio(s.statistics.average_drawdown_days); }},
       {"Time under water", [](const Summary& s) { return shown_percent(s.statistics.time_under_water, 1); }},
       {"Ulcer index", percent_of<&ReturnStatistics::ulcer_index>},
       {"Return over the deepest", ratio_of<&ReturnStatistics::recovery_factor>}});
}

std::string shape_group(const std::vector<Column>& columns) {
  return group("Shape of returns", columns,
               {{"Skewness", ratio_of<&ReturnStatistics::skewness>},
                {"Kurtosis, excess", ratio_of<&ReturnStatistics::kurtosis>},
                {"VaR, 95 %", percent_of<&ReturnStatistics::value_at_risk>},
                {"CVaR, 95 %", percent_of<&ReturnStatistics::conditional_value_at_risk>},
                {"Tail ratio", ratio_of<&ReturnStatistics::tail_ratio>},
                {"Autocorrelation", ratio_of<&ReturnStatistics::autocorrelation>},
                {"Kelly fraction", ratio_of<&ReturnStatistics::kelly_fraction>}});
}

std::string extremes_group(const std::vector<Column>& columns) {
  const bool daily = columns[0].summary.convention.bars_per_year > 60.0;
  const std::string bar = daily ? "day" : "bar";
  return group("Best and worst", columns,
               {{"Best " + bar, percent_of<&ReturnStatistics::best_day>},
                {"Worst " + bar, percent_of<&ReturnStatistics::worst_day>},
                {"Best month", percent_of<&ReturnStatistics::best_month>},
                {"Worst month", percent_of<&ReturnStatistics::worst_month>},
                {"Best year", percent_of<&ReturnStatistics::best_year>},
                {"Worst year", percent_of<&ReturnStatistics::worst_year>},
                {"Winning " + bar + "s", percent_of<&ReturnStatistics::winning_days>},
                {"Winning months", percent_of<&ReturnStatistics::winning_months>},
                {"Winning years", percent_of<&ReturnStatistics::winning_years>},
                {"Most " + bar + "s won in a row",
                 [](const Summary& s) { return shown_count(s.statistics.longest_winning_streak); }},
                {"Most " + bar + "s lost in a row",
                 [](const Summary& s) { return shown_count(s.statistics.longest_losing_streak); }}});
}

std::string benchmark_group(const Sheet& sheet) {
  const Summary& summary = sheet.run.summary;
  const BenchmarkMetrics& benchmark = *summary.benchmark;
  return group(
      "Against " + escaped(sheet.benchmark_name),
      {{"Alpha, annual", shown_signed_percent(of_a_year(summary, benchmark.alpha))},
       {"Beta", shown_ratio(benchmark.beta)},
       {"Correlation", shown_ratio(benchmark.correlation)},
       {"R squared", shown_ratio(benchmark.r_squared)},
       {"Treynor", shown_ratio(benchmark.treynor_ratio)},
       {"Annual return at its volatility", shown_signed_percent(of_a_year(summary, benchmark.return_at_equal_risk))},
       {"Tracking error", shown_percent(benchmark.tracking_error)},
       {"Information ratio", shown_ratio(benchmark.information_ratio)},
       {"Up capture", shown_percent(benchmark.up_capture, 1)},
       {"Down capture", shown_percent(benchmark.down_capture, 1)}});
}

template <typename Row, std::size_t size, typename Kind>
std::string count_table(const std::vector<Row>& rows, Kind Row::* kind, std::string_view none) {
  std::array<std::size_t, size> counts{};
  for (const Row& row : rows) ++counts[static_cast<std::size_t>(row.*kind)];
  if (rows.empty()) return "<p class=\"none\">" + std::string(none) + "</p>\n";
  std::string out = "<table><tbody>\n";
  for (std::size_t i = 0; i < size; ++i) {
    if (counts[i] == 0) continue;
    out += "<tr><td class=\"l\">" + std::string(word(static_cast<Kind>(i))) + "</td><td>" + shown_count(counts[i]) +
           "</td></tr>\n";
  }
  return out + "</tbody></table>\n";
}

std::string warning_list(const RunView& run) {
  constexpr std::size_t most_warnings = 40;
  const std::vector<std::string> warnings = folded(all_warnings(run));
  if (warnings.empty()) return "<p class=\"none\">None.</p>\n";
  std::string out = "<ul class=\"warnings\">\n";
  for (std::size_t i = 0; i < std::min(most_warnings, warnings.size()); ++i) {
    out += "<li>" + escaped(warnings[i]) + "</li>\n";
  }
  if (warnings.size() > most_warnings) {
    out += "<li>" + shown_count(warnings.size() - most_warnings) + " more in summary.json</li>\n";
  }
  return out + "</ul>\n";
}

Line turnover_line(const Summary& summary) {
  if (summary.convention.spans_a_year()) {
    return {"Turnover, one-way a year", shown_percent(summary.turnover_annual, 0)};
  }
  return {"Turnover, one-way", shown_percent(summary.turnover_total / 2.0, 0)};
}

}  // namespace

std::string metric_part(const Sheet& sheet) {
  const Summary& summary = sheet.run.summary;
  std::vector<Column> columns = {{"Portfolio", summary}};
  std::string span;
  if (sheet.benchmark) {
    const BenchmarkMetrics& benchmark = *summary.benchmark;
    if (!benchmark.spans_the_run && sheet.portfolio) {
      columns.push_back({"Portfolio, its dates", sheet.portfolio->summary});
      span = "<p class=\"none span\">" + escaped(sheet.benchmark_name) + " has closes from " +
             to_text(*benchmark.first_date) + " to " + to_text(*benchmark.last_date) +
             "; everything against it is over these dates.</p>\n";
    }
    columns.push_back({escaped(sheet.benchmark_name), sheet.benchmark->summary});
  }
  std::string out = "<section>\n<h2>Metrics</h2>\n" + span + "<div class=\"groups";
  out += columns.size() == 1 ? "\">\n" : columns.size() == 2 ? " beside\">\n" : " beside three\">\n";
  out += return_and_risk(columns) + drawdown_group(columns) + extremes_group(columns) + shape_group(columns);
  if (summary.benchmark) out += benchmark_group(sheet);
  out += group("Costs", {{"Return before costs", shown_signed_percent(summary.gross_return)},
                         {"Cost drag", shown_percent(summary.cost_drag)},
                         {"Cost drag, a year", shown_percent(of_a_year(summary, summary.cost_drag_annual))},
                         {"Commission", shown_money(summary.commission_total)},
                         {"Slippage and spread", shown_money(summary.slippage_total)},
                         {"Financing", shown_money(summary.financing_total)},
                         {"Dividends", shown_money(summary.dividend_total)}});
  out += group("Exposure and turnover", {{"Gross exposure, mean", shown_percent(summary.average_gross_exposure, 1)},
                                         {"Net exposure, mean", shown_percent(summary.average_net_exposure, 1)},
                                         {"Bars with a holding", shown_percent(summary.time_invested, 1)},
                                         turnover_line(summary),
                                         {"Fills", shown_count(summary.fill_count)},
                                         {"Rejects", shown_count(summary.reject_count)}});
  out += group("Closed positions", {{"Closed", shown_count(summary.closed_position_count)},
                                    {"Hit rate", shown_percent(summary.hit_rate, 1)},
                                    {"Payoff ratio", shown_ratio(summary.payoff_ratio)},
                                    {"Profit factor", shown_ratio(summary.profit_factor)},
                                    {"Expectancy", shown_money(summary.expectancy)},
                                    {"Holding time, bars", shown_ratio(summary.average_holding_bars)}});
  return out + "</div>\n<p class=\"none\">" +
         fmt::format("A year of {:.6g} bars; risk-free rate ", summary.convention.bars_per_year) +
         escaped(summary.convention.risk_free_source) + ".</p>\n</section>\n";
}

std::string notice_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  constexpr auto reject_reasons = static_cast<std::size_t>(RejectReason::cash_cap) + 1;
  constexpr auto constraints = static_cast<std::size_t>(Constraint::residual) + 1;
  return "<section class=\"two\">\n<div>\n<h2>Rejected orders</h2>\n" +
         count_table<Reject, reject_reasons>(run.result.rejects, &Reject::reason, "None.") +
         "</div>\n<div>\n<h2>Constraint hits</h2>\n" +
         count_table<ConstraintHit, constraints>(run.result.hits, &ConstraintHit::constraint, "None.") +
         "</div>\n</section>\n<section>\n<h2>Warnings</h2>\n" + warning_list(run) + "</section>\n";
}

std::string config_part(const Sheet& sheet, const std::string& result_sha256) {
  const RunView& run = sheet.run;
  std::string out = "<details>\n<summary>Config</summary>\n<pre tabindex=\"0\">" +
                    escaped(run.request.resolved_config_yaml) + "</pre>\n</details>\n<footer>\n";
  const Line lines[] = {{"run", escaped(run.request.run_id) + ", " + escaped(run.request.submitted_at)},
                        {"result", escaped(result_sha256)},
                        {"config", escaped(run.request.config_sha256)},
                        {"data", escaped(run.request.data_fingerprint)}};
  for (const auto& [name, value] : lines) {
    out += "<div><span>" + std::string(name) + "</span><code>" + value + "</code></div>\n";
  }
  return out + "</footer>\n";
}

}  // namespace backtest
