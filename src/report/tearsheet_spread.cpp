// How returns of bars, weeks, months, quarters and years are spread, and what was earned lately.
#include <optional>
#include <utility>

#include "engine/metric/return_spread.hpp"
#include "engine/metric/sample.hpp"
#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_table.hpp"

namespace backtest {

namespace {

std::string spread_row(std::string_view name, std::vector<double> returns) {
  const ReturnSpread spread = spread_of(std::move(returns));
  std::string row = "<tr>" + left_cell(std::string(name)) + cell(shown_count(spread.count));
  for (const double value : {spread.worst, spread.low, spread.lower_quarter, spread.median, spread.upper_quarter,
                             spread.high, spread.best}) {
    row += percent_cell(value);
  }
  row += percent_cell(spread.mean) + percent_cell(spread.mean_gain) + percent_cell(spread.mean_loss);
  return row + cell(shown_percent(spread.winning, 1)) + "</tr>\n";
}

std::string spread_table(const Sheet& sheet) {
  const RunView& run = sheet.run;
  const double bars_per_year = run.summary.convention.bars_per_year;
  std::string rows;
  const auto add = [&](std::string_view name, std::optional<Period> period) {
    const auto values = [&](const SimulationResult& record, const Panel& calendar, const Summary& summary) {
      return period ? period_values(record, calendar, summary.initial_cash, *period)
                    : return_sample(record, summary.convention);
    };
    rows += spread_row(name, values(run.result, run.prices, run.summary));
    if (!sheet.benchmark) return;
    const ValueSeries& other = *sheet.benchmark;
    rows += spread_row("&ndash; " + escaped(sheet.benchmark_name), values(other.record, other.calendar, other.summary));
  };
  add(bars_per_year > 60.0 ? "Days" : "Bars", std::nullopt);
  if (bars_per_year > 60.0) add("Weeks", Period::week);
  if (bars_per_year > 13.0) add("Months", Period::month);
  if (bars_per_year > 5.0) add("Quarters", Period::quarter);
  add("Years", Period::year);
  return table("Returns by length",
               "<th class=\"l\">Returns of</th><th>Count</th><th>Worst</th><th>5 %</th><th>25 %</th><th>Median</th>"
               "<th>75 %</th><th>95 %</th><th>Best</th><th>Mean</th><th>Mean gain</th><th>Mean loss</th>"
               "<th>Winning</th>",
               rows, "spread");
}

std::string trailing_table(const Sheet& sheet) {
  struct Line {
    std::string_view name;
    OptionalNumber ReturnStatistics::* field;
  };
  constexpr Line lines[] = {{"Month to date", &ReturnStatistics::month_to_date},
                            {"3 months", &ReturnStatistics::trailing_3_months},
                            {"6 months", &ReturnStatistics::trailing_6_months},
                            {"Year to date", &ReturnStatistics::year_to_date},
                            {"1 year", &ReturnStatistics::trailing_1_year},
                            {"3 years, a year", &ReturnStatistics::trailing_3_years},
                            {"5 years, a year", &ReturnStatistics::trailing_5_years},
                            {"10 years, a year", &ReturnStatistics::trailing_10_years}};
  const RunView& run = sheet.run;
  // The benchmark's last close may be older than the run's: its returns would be of another time.
  const bool beside =
      sheet.benchmark && sheet.benchmark->calendar.dates.back() == run.date_of_row(run.result.bars.size() - 1);
  std::string head =
      "<th class=\"l\">Up to " + to_text(run.date_of_row(run.result.bars.size() - 1)) + "</th><th>Portfolio</th>";
  if (beside) head += "<th class=\"other\">" + escaped(sheet.benchmark_name) + "</th>";
  std::string rows;
  for (const Line& line : lines) {
    const OptionalNumber value = run.summary.statistics.*line.field;
    rows += "<tr>" + left_cell(std::string(line.name)) + percent_cell(value);
    // Only where the portfolio has one.
    if (beside) rows += percent_cell(value ? sheet.benchmark->summary.statistics.*line.field : std::nullopt);
    rows += "</tr>\n";
  }
  return table("Trailing returns", head, rows, "narrow");
}

}  // namespace

std::string spread_part(const Sheet& sheet) {
  return "<section>\n<h2>Returns by length</h2>\n" + spread_table(sheet) +
         "<p class=\"none\">The mean is geometric; the first and the last week, month, quarter and year may be "
         "parts.</p>\n</section>\n<section>\n<h2>Trailing returns</h2>\n" +
         trailing_table(sheet) + "</section>\n";
}

}  // namespace backtest
