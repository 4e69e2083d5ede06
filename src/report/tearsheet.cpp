// tearsheet.html: one page that stands alone - no network, no fonts, no libraries.
#include <fmt/format.h>

#include "report/html.hpp"
#include "report/output_file.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"
#include "report/tearsheet_table.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

std::string name_of(const RunView& run) {
  return run.request.run_name ? *run.request.run_name : run.request.run_id;
}

std::string key_number(std::string_view name, const std::string& value, const std::string& note, bool negative) {
  constexpr std::size_t widest = 9;  // bytes; beyond that the type gets smaller
  std::string css_class = negative ? "neg" : "";
  if (value.size() > widest) css_class += negative ? " long" : "long";
  if (!css_class.empty()) css_class = " class=\"" + css_class + "\"";
  return "<div class=\"key\"><dt>" + std::string(name) + "</dt><dd" + css_class + ">" + value +
         "</dd><dd class=\"note\">" + note + "</dd></div>\n";
}

// Never two returns of different spans.
std::string beside_total_return(const Sheet& sheet) {
  const Summary& summary = sheet.run.summary;
  if (!summary.benchmark) return "before costs " + shown_signed_percent(summary.gross_return);
  const BenchmarkMetrics& benchmark = *summary.benchmark;
  const std::string shown =
      "<bdi>" + escaped(sheet.benchmark_name) + "</bdi> " + shown_signed_percent(benchmark.total_return);
  if (benchmark.spans_the_run || !benchmark.first_date || !benchmark.last_date) return shown;
  return to_text(*benchmark.first_date) + " to " + to_text(*benchmark.last_date) + ": " +
         shown_signed_percent(benchmark.portfolio_return) + ", " + shown;
}

}  // namespace

Sheet::Sheet(const RunView& view)
    : run(view),
      benchmark_name(view.request.benchmark_name.empty() ? "Benchmark" : short_name(view.request.benchmark_name)),
      benchmark(benchmark_values(view.result, view.prices, view.summary)),
      portfolio(portfolio_values(view.result, view.prices, view.summary)),
      date_labels(backtest::date_labels(view)) {}

std::string title_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  const ReportRequest& request = run.request;
  std::string out = "<header>\n<h1>" + escaped(name_of(run)) + "</h1>\n<p class=\"period\">" +
                    to_text(run.date_of_row(0)) + " to " + to_text(run.date_of_row(run.result.bars.size() - 1)) +
                    "</p>\n<p class=\"what\">" + escaped(request.strategy_class);
  if (!request.sizer_class.empty()) out += " &middot; " + escaped(request.sizer_class);
  out += " &middot; " + shown_plural(request.universe.size(), "symbol") + " &middot; fills at " +
         std::string(word(request.fill_policy));
  if (run.summary.benchmark) out += " &middot; benchmark <bdi>" + escaped(sheet.benchmark_name) + "</bdi>";
  if (request.run_name) out += " &middot; " + escaped(request.run_id);
  out += "</p>\n";
  if (request.fill_policy == FillPolicy::same_close) {
    out +=
        "<p class=\"caution\"><b>Optimistic fills.</b> Orders trade at the close that decided them (same_close), which "
        "no live order could do.</p>\n";
  }
  if (run.result.ruined) {
    out +=
        "<p class=\"caution\"><b>Ruined.</b> NAV fell to zero or below; every position was closed and the simulation "
        "ended there.</p>\n";
  }
  return out + "</header>\n";
}

std::string key_number_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  const Summary& summary = run.summary;
  const auto below_zero = [](OptionalNumber value) { return value && *value < 0.0; };
  const std::string beside = beside_total_return(sheet);
  const std::string when =
      summary.drawdowns.empty() ? "no fall from a peak" : "trough " + to_text(summary.drawdowns.front().trough);
  std::string out = "<dl class=\"keys\">\n";
  out += key_number("Total return", shown_signed_percent(summary.total_return), beside, summary.total_return < 0.0);
  if (summary.convention.spans_a_year()) {
    out += key_number("Annual return", shown_signed_percent(summary.annualized_return),
                      shown_plural(run.result.bars.size(), "bar"), below_zero(summary.annualized_return));
  } else {
    out += key_number("Period", shown_plural(static_cast<std::size_t>(summary.convention.days), "day"),
                      "less than a year is not annualized (GIPS)", false);
  }
  out += key_number("Volatility", shown_percent(summary.annualized_volatility),
                    fmt::format("a year of {:.6g} bars", summary.convention.bars_per_year), false);
  out += key_number("Sharpe", shown_ratio(summary.sharpe_ratio), "Sortino " + shown_ratio(summary.sortino_ratio),
                    below_zero(summary.sharpe_ratio));
  out += key_number("Max drawdown", shown_percent(summary.max_drawdown), when, summary.max_drawdown < 0.0);
  out += key_number("Final NAV", shown_money(summary.final_nav), "from " + shown_money(summary.initial_cash),
                    summary.final_nav < 0.0);
  return out + "</dl>\n";
}

void write_tearsheet(const RunView& run, const std::string& result_sha256) {
  OutputFile file(run.directory / "tearsheet.html");
  std::string& out = file.buffer();
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" + escaped(name_of(run)) + "</title>\n<style>\n";
  out += tearsheet_style;
  out += tearsheet_print_style;
  out += "</style>\n</head>\n<body>\n<main>\n";
  Sheet sheet(run);
  out += title_part(sheet) + key_number_part(sheet);
  out += nav_part(sheet);
  out += year_part(sheet) + month_part(sheet);
  out += metric_part(sheet) + spread_part(sheet);
  out += rolling_part(sheet);
  out += exposure_part(sheet);
  out += cost_part(sheet);
  out += contribution_part(sheet) + drawdown_part(sheet) + crisis_part(sheet);
  out += position_part(sheet) + notice_part(sheet) + config_part(sheet, result_sha256);
  out += "<script type=\"application/json\" id=\"readings\">" + sheet.readings.json() + "</script>\n";
  out += "</main>\n<script>\n";
  out += tearsheet_script;
  out += "</script>\n</body>\n</html>\n";
  file.close();
}

}  // namespace backtest
