// Known crises that fall inside of the run. Most begin at a high and end at a low of the S&P 500's closes; each is as
// long as people speak of it, not as long as the market needed to recover.
#include "engine/metric/window.hpp"
#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_table.hpp"

namespace backtest {

namespace {

struct Crisis {
  std::string_view name;
  Date first, last;
};

std::vector<Crisis> crises() {
  const auto crisis = [](std::string_view name, std::string_view first, std::string_view last) {
    return Crisis{name, *parse_date(first), *parse_date(last)};
  };
  return {crisis("Black Monday", "1987-10-13", "1987-10-19"),
          crisis("Gulf war", "1990-07-16", "1990-10-11"),
          crisis("Asian crisis", "1997-10-07", "1997-10-27"),
          crisis("Russia and LTCM", "1998-07-17", "1998-08-31"),
          crisis("Dot-com bust", "2000-03-24", "2002-10-09"),
          crisis("11 September", "2001-09-10", "2001-09-21"),
          crisis("Financial crisis", "2007-10-09", "2009-03-09"),
          crisis("Lehman", "2008-09-12", "2008-11-20"),
          crisis("Flash crash and Greece", "2010-04-23", "2010-07-02"),
          crisis("US downgrade and euro crisis", "2011-07-22", "2011-10-03"),
          crisis("Taper tantrum", "2013-05-21", "2013-06-24"),
          crisis("China's devaluation", "2015-08-17", "2015-08-25"),
          crisis("Oil and China", "2015-12-29", "2016-02-11"),
          crisis("Brexit vote", "2016-06-23", "2016-06-27"),
          crisis("Volatility shock", "2018-01-26", "2018-02-08"),
          crisis("Late 2018", "2018-09-20", "2018-12-24"),
          crisis("COVID-19", "2020-02-19", "2020-03-23"),
          crisis("Inflation and rates", "2022-01-03", "2022-10-12"),
          crisis("US regional banks", "2023-03-08", "2023-03-13"),
          crisis("Yen carry trade", "2024-07-16", "2024-08-05"),
          crisis("US tariffs", "2025-02-19", "2025-04-08")};
}

}  // namespace

std::string crisis_part(const Sheet& sheet) {
  const RunView& run = sheet.run;
  std::string rows;
  for (const Crisis& crisis : crises()) {
    const auto portfolio = window_return(run.result, run.prices, crisis.first, crisis.last);
    if (!portfolio) continue;
    rows += "<tr>" + left_cell(std::string(crisis.name)) + cell(to_text(crisis.first)) + cell(to_text(crisis.last)) +
            percent_cell(portfolio->value) + percent_cell(portfolio->max_drawdown);
    if (sheet.benchmark) {
      const auto other = window_return(sheet.benchmark->record, sheet.benchmark->calendar, crisis.first, crisis.last);
      rows += percent_cell(other ? OptionalNumber(other->value) : std::nullopt);
      rows += percent_cell(other ? OptionalNumber(other->max_drawdown) : std::nullopt);
    }
    rows += "</tr>\n";
  }
  std::string out = "<section>\n<h2>Crises</h2>\n";
  if (rows.empty()) return out + "<p class=\"none\">None of the known ones lies inside of the run.</p>\n</section>\n";
  std::string head = "<th class=\"l\">Crisis</th><th>From</th><th>To</th><th>Return</th><th>Drawdown</th>";
  if (sheet.benchmark) {
    const std::string name = escaped(sheet.benchmark_name);
    head += "<th>" + name + "</th><th>" + name + ", drawdown</th>";
  }
  return out + table("Crises", head, rows) + "</section>\n";
}

}  // namespace backtest
