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

std::string benchmark_group(const BenchmarkMetrics& benchmark) {
  return group("Against the benchmark", {{"Benchmark return", shown_signed_percent(benchmark.total_return)},
                                         {"Alpha, annual", shown_signed_percent(benchmark.alpha)},
                                         {"Beta", shown_ratio(benchmark.beta)},
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

}  // namespace

std::string metric_part(const RunView& run) {
  const Summary& summary = run.summary;
  std::string out = "<section>\n<h2>Metrics</h2>\n<div class=\"groups";
  out += summary.benchmark ? " five\">\n" : "\">\n";
  out += group("Return and risk", {{"Annual return", shown_signed_percent(summary.annualized_return)},
                                   {"Volatility", shown_percent(summary.annualized_volatility)},
                                   {"Sharpe", shown_ratio(summary.sharpe_ratio)},
                                   {"Sortino", shown_ratio(summary.sortino_ratio)},
                                   {"Calmar", shown_ratio(summary.calmar_ratio)},
                                   {"Max drawdown", shown_percent(summary.max_drawdown)}});
  out += group("Costs", {{"Return before costs", shown_signed_percent(summary.gross_return)},
                         {"Cost drag", shown_percent(summary.cost_drag)},
                         {"Commission", shown_money(summary.commission_total)},
                         {"Slippage and spread", shown_money(summary.slippage_total)},
                         {"Financing", shown_money(summary.financing_total)},
                         {"Dividends", shown_money(summary.dividend_total)}});
  out += group("Exposure and turnover", {{"Gross exposure, mean", shown_percent(summary.average_gross_exposure, 1)},
                                         {"Net exposure, mean", shown_percent(summary.average_net_exposure, 1)},
                                         {"Turnover, one-way a year", shown_percent(summary.turnover_annual, 0)},
                                         {"Fills", shown_count(summary.fill_count)},
                                         {"Rejects", shown_count(summary.reject_count)}});
  out += group("Closed positions", {{"Closed", shown_count(summary.closed_position_count)},
                                    {"Hit rate", shown_percent(summary.hit_rate, 1)},
                                    {"Payoff ratio", shown_ratio(summary.payoff_ratio)},
                                    {"Profit factor", shown_ratio(summary.profit_factor)},
                                    {"Expectancy", shown_money(summary.expectancy)},
                                    {"Holding time, bars", shown_ratio(summary.average_holding_bars)}});
  if (summary.benchmark) out += benchmark_group(*summary.benchmark);
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
