// Metrics in groups, what was noted, the config and the hashes.
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

std::string group(std::string_view name, const std::vector<Line>& lines) {
  std::string out = "<div><h3>" + std::string(name) + "</h3><dl>\n";
  for (const auto& [title, value] : lines) {
    out += "<div><dt>" + std::string(title) + "</dt><dd>" + value + "</dd></div>\n";
  }
  return out + "</dl></div>\n";
}

// GIPS: not for less than a year.
OptionalNumber of_a_year(const Summary& summary, OptionalNumber value) {
  return summary.convention.spans_a_year() ? value : std::nullopt;
}

std::string benchmark_group(const Summary& summary) {
  const BenchmarkMetrics& benchmark = *summary.benchmark;
  std::vector<Line> lines;
  if (!benchmark.spans_the_run && benchmark.first_date && benchmark.last_date) {
    lines.emplace_back("Both from", to_text(*benchmark.first_date));
    lines.emplace_back("Both to", to_text(*benchmark.last_date));
    lines.emplace_back("Portfolio return", shown_signed_percent(benchmark.portfolio_return));
  }
  lines.insert(lines.end(),
               {{"Benchmark return", shown_signed_percent(benchmark.total_return)},
                {"Benchmark, annual", shown_signed_percent(of_a_year(summary, benchmark.annualized_return))},
                {"Benchmark volatility", shown_percent(benchmark.annualized_volatility)},
                {"Benchmark Sharpe", shown_ratio(benchmark.sharpe_ratio)},
                {"Benchmark drawdown", shown_percent(benchmark.max_drawdown)},
                {"Alpha, annual", shown_signed_percent(of_a_year(summary, benchmark.alpha))},
                {"Beta", shown_ratio(benchmark.beta)},
                {"Correlation", shown_ratio(benchmark.correlation)},
                {"R squared", shown_ratio(benchmark.r_squared)},
                {"Treynor", shown_ratio(benchmark.treynor_ratio)},
                {"Tracking error", shown_percent(benchmark.tracking_error)},
                {"Information ratio", shown_ratio(benchmark.information_ratio)},
                {"Up capture", shown_percent(benchmark.up_capture, 1)},
                {"Down capture", shown_percent(benchmark.down_capture, 1)}});
  return group("Against the benchmark", lines);
}

std::string shape_group(const ReturnStatistics& statistics) {
  return group("Shape of returns", {{"Skewness", shown_ratio(statistics.skewness)},
                                    {"Kurtosis, excess", shown_ratio(statistics.kurtosis)},
                                    {"VaR, 95 %", shown_percent(statistics.value_at_risk)},
                                    {"CVaR, 95 %", shown_percent(statistics.conditional_value_at_risk)},
                                    {"Omega", shown_ratio(statistics.omega_ratio)},
                                    {"Tail ratio", shown_ratio(statistics.tail_ratio)},
                                    {"Gain to pain", shown_ratio(statistics.gain_to_pain_ratio)}});
}

std::string extremes_group(const ReturnStatistics& statistics) {
  const auto pair = [](OptionalNumber best, OptionalNumber worst) {
    return shown_signed_percent(best) + " / " + shown_signed_percent(worst);
  };
  return group("Best and worst", {{"Day", pair(statistics.best_day, statistics.worst_day)},
                                  {"Month", pair(statistics.best_month, statistics.worst_month)},
                                  {"Year", pair(statistics.best_year, statistics.worst_year)},
                                  {"Winning days", shown_percent(statistics.winning_days, 1)},
                                  {"Winning months", shown_percent(statistics.winning_months, 1)},
                                  {"Winning years", shown_percent(statistics.winning_years, 1)}});
}

std::string drawdown_group(const ReturnStatistics& statistics) {
  return group("Drawdowns", {{"Average", shown_percent(statistics.average_drawdown)},
                             {"Longest, days", shown_count(static_cast<std::size_t>(statistics.longest_drawdown_days))},
                             {"Time under water", shown_percent(statistics.time_under_water, 1)},
                             {"Ulcer index", shown_percent(statistics.ulcer_index)}});
}

std::string trailing_group(const ReturnStatistics& statistics) {
  return group("Trailing returns", {{"Year to date", shown_signed_percent(statistics.year_to_date)},
                                    {"1 year", shown_signed_percent(statistics.trailing_1_year)},
                                    {"3 years, annual", shown_signed_percent(statistics.trailing_3_years)},
                                    {"5 years, annual", shown_signed_percent(statistics.trailing_5_years)},
                                    {"10 years, annual", shown_signed_percent(statistics.trailing_10_years)}});
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

std::string metric_part(const RunView& run) {
  const Summary& summary = run.summary;
  std::string out = "<section>\n<h2>Metrics</h2>\n<div class=\"groups";
  out += summary.benchmark ? " five\">\n" : "\">\n";
  out +=
      group("Return and risk", {{"Annual return", shown_signed_percent(of_a_year(summary, summary.annualized_return))},
                                {"Volatility", shown_percent(summary.annualized_volatility)},
                                {"Sharpe", shown_ratio(summary.sharpe_ratio)},
                                {"Sortino", shown_ratio(summary.sortino_ratio)},
                                {"Calmar", shown_ratio(of_a_year(summary, summary.calmar_ratio))},
                                {"Max drawdown", shown_percent(summary.max_drawdown)}});
  out += group("Costs", {{"Return before costs", shown_signed_percent(summary.gross_return)},
                         {"Cost drag", shown_percent(summary.cost_drag)},
                         {"Cost drag, a year", shown_percent(of_a_year(summary, summary.cost_drag_annual))},
                         {"Commission", shown_money(summary.commission_total)},
                         {"Slippage and spread", shown_money(summary.slippage_total)},
                         {"Financing", shown_money(summary.financing_total)},
                         {"Dividends", shown_money(summary.dividend_total)}});
  out += group("Exposure and turnover", {{"Gross exposure, mean", shown_percent(summary.average_gross_exposure, 1)},
                                         {"Net exposure, mean", shown_percent(summary.average_net_exposure, 1)},
                                         turnover_line(summary),
                                         {"Fills", shown_count(summary.fill_count)},
                                         {"Rejects", shown_count(summary.reject_count)}});
  out += group("Closed positions", {{"Closed", shown_count(summary.closed_position_count)},
                                    {"Hit rate", shown_percent(summary.hit_rate, 1)},
                                    {"Payoff ratio", shown_ratio(summary.payoff_ratio)},
                                    {"Profit factor", shown_ratio(summary.profit_factor)},
                                    {"Expectancy", shown_money(summary.expectancy)},
                                    {"Holding time, bars", shown_ratio(summary.average_holding_bars)}});
  if (summary.benchmark) out += benchmark_group(summary);
  out += shape_group(summary.statistics) + extremes_group(summary.statistics);
  out += drawdown_group(summary.statistics) + trailing_group(summary.statistics);
  return out + "</div>\n</section>\n";
}

std::string notice_part(const RunView& run) {
  constexpr auto reject_reasons = static_cast<std::size_t>(RejectReason::expired) + 1;
  constexpr auto constraints = static_cast<std::size_t>(Constraint::residual) + 1;
  return "<section class=\"two\">\n<div>\n<h2>Rejected orders</h2>\n" +
         count_table<Reject, reject_reasons>(run.result.rejects, &Reject::reason, "None.") +
         "</div>\n<div>\n<h2>Constraint hits</h2>\n" +
         count_table<ConstraintHit, constraints>(run.result.hits, &ConstraintHit::constraint, "None.") +
         "</div>\n</section>\n<section>\n<h2>Warnings</h2>\n" + warning_list(run) + "</section>\n";
}

std::string config_part(const RunView& run, const std::string& result_sha256) {
  std::string out = "<details>\n<summary>Config</summary>\n<pre>" + escaped(run.request.resolved_config_yaml) +
                    "</pre>\n</details>\n<footer>\n";
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
