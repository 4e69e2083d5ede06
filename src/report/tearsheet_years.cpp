// Bars of years, the distribution of months, and the table of months.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"
#include "report/tearsheet_table.hpp"

namespace backtest {

namespace {

std::vector<PeriodReturn> periods_of(const Sheet& sheet, Period period) {
  return period_returns(sheet.run.result, sheet.run.prices, sheet.run.summary.initial_cash, period);
}

std::vector<PeriodReturn> benchmark_periods_of(const Sheet& sheet, Period period) {
  if (!sheet.benchmark) return {};
  return period_returns(sheet.benchmark->record, sheet.benchmark->calendar, 1.0, period);
}

double value_at(const std::vector<PeriodReturn>& periods, int year) {
  const auto found = std::ranges::find(periods, year, &PeriodReturn::year);
  return found == periods.end() ? missing : found->value;
}

std::string year_chart(Sheet& sheet) {
  const auto years = periods_of(sheet, Period::year), other = benchmark_periods_of(sheet, Period::year);
  std::vector<std::string> labels;
  std::vector<double> values, benchmark;
  double low = 0.0, high = 0.0;
  for (const PeriodReturn& year : years) {
    labels.push_back(std::to_string(year.year));
    values.push_back(year.value);
    benchmark.push_back(value_at(other, year.year));
    low = std::min(low, std::fmin(year.value, benchmark.back()));
    high = std::max(high, std::fmax(year.value, benchmark.back()));
  }
  if (high - low < 1e-4) high = low + 0.01;  // a year without a return has a scale too
  const Scale scale = linear_scale(low - 0.04 * (high - low), high + 0.04 * (high - low), 5);
  const auto bars = [&](const std::vector<double>& of, double begin, double end) {
    std::vector<Bar> all;
    for (const double value : of) all.push_back({std::min(value, 0.0 * value), std::max(value, 0.0 * value)});
    return bars_path(all, scale, begin, end);
  };
  std::vector<Legend> legends;
  std::vector<Reading> readings = {{"Portfolio", Unit::percent, values}};
  std::string shapes = grid(scale);
  if (sheet.benchmark) {
    legends = {{"a", "Portfolio"}, {"b", sheet.benchmark_name}};
    readings.push_back({sheet.benchmark_name, Unit::percent, benchmark});
    shapes += path_element("bar a", bars(values, 0.14, 0.5)) + path_element("bar b", bars(benchmark, 0.5, 0.86));
  } else {
    shapes += path_element("bar a", bars(values, 0.2, 0.8));
  }
  const std::string plots = plot("small", "Returns of calendar years", shapes, percent_labels(scale));
  const std::size_t number = sheet.readings.add_chart(sheet.readings.add_slots(labels), readings);
  return chart("Returns of years", legends, plots + slot_labels(labels), number);
}

struct Histogram {
  double begin = 0.0, step = 0.01;
  std::vector<double> counts, benchmark;

  // About 20 bins of a round width, an edge of which is 0.
  Histogram(const std::vector<PeriodReturn>& months, const std::vector<PeriodReturn>& other) {
    double low = 0.0, high = 0.0;
    for (const auto* all : {&months, &other}) {
      for (const PeriodReturn& month : *all) {
        low = std::min(low, month.value);
        high = std::max(high, month.value);
      }
    }
    if (high - low > 1e-9) step = tick_step(high - low, 20);
    const double first = std::floor(low / step), last = std::max(std::floor(high / step), first);
    begin = first * step;
    const auto bins = static_cast<std::size_t>(last - first) + 1;
    counts.assign(bins, 0.0);
    benchmark.assign(bins, 0.0);
    const auto count = [&](const std::vector<PeriodReturn>& all, std::vector<double>& into) {
      for (const PeriodReturn& month : all) {
        const double bin = std::clamp(std::floor(month.value / step) - first, 0.0, static_cast<double>(bins - 1));
        ++into[static_cast<std::size_t>(bin)];
      }
    };
    count(months, counts);
    count(other, benchmark);
  }
};

std::string month_chart(Sheet& sheet) {
  const auto months = periods_of(sheet, Period::month), other = benchmark_periods_of(sheet, Period::month);
  const Histogram histogram(months, other);
  std::vector<std::string> labels, edges;
  const int decimals = percent_decimals(histogram.step);
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double edge = histogram.begin + static_cast<double>(i) * histogram.step;
    edges.push_back(shown_percent(edge, decimals));
    labels.push_back(edges.back() + " to " + shown_percent(edge + histogram.step, decimals));
  }
  const double most = std::max(std::ranges::max(histogram.counts), std::ranges::max(histogram.benchmark));
  Scale scale = linear_scale(0.0, most * 1.06, 4);
  std::erase_if(scale.ticks, [](double tick) { return tick != std::round(tick); });
  const auto bars = [&](const std::vector<double>& counts, double begin, double end) {
    std::vector<Bar> all;
    for (const double count : counts) all.push_back({0.0, count});
    return bars_path(all, scale, begin, end);
  };
  std::vector<Legend> legends;
  std::vector<Reading> readings = {{"Months", Unit::count, histogram.counts}};
  std::string shapes = grid(scale) + path_element("bar a", bars(histogram.counts, 0.04, 0.96));
  if (sheet.benchmark) {
    legends = {{"a", "Portfolio"}, {"b", sheet.benchmark_name}};
    readings.push_back({sheet.benchmark_name, Unit::count, histogram.benchmark});
    shapes += path_element("line b", bars(histogram.benchmark, 0.04, 0.96));
  }
  const std::string plots = plot("small", "How many months had which return", shapes, y_labels(scale, shown_compact));
  const std::size_t number = sheet.readings.add_chart(sheet.readings.add_slots(labels), readings);
  return chart("Months by return", legends, plots + slot_labels(edges, 0.0), number);
}

// Where the benchmark's first or last year is a part of the portfolio's.
std::string part_of_years(const Sheet& sheet) {
  if (!sheet.benchmark) return "";
  const BenchmarkMetrics& benchmark = *sheet.run.summary.benchmark;
  if (benchmark.spans_the_run || !benchmark.first_date || !benchmark.last_date) return "";
  return "<p class=\"none\">" + escaped(sheet.benchmark_name) + " has closes from " + to_text(*benchmark.first_date) +
         " to " + to_text(*benchmark.last_date) + ": its year beside a total is that part of it.</p>\n";
}

// Full colour from a move of `full` on.
std::string month_cell(double value, double full) {
  const double alpha = 0.07 + 0.55 * std::min(std::abs(value) / full, 1.0);
  return fmt::format("<td class=\"{}\" style=\"--shade:{:.2f}\">{}</td>", value < 0.0 ? 'm' : 'p',
                     value == 0.0 ? 0.0 : alpha, shown_percent(value, 1));
}

}  // namespace

std::string year_part(Sheet& sheet) {
  const std::string years = year_chart(sheet);
  return "<section>\n<h2>Years and months</h2>\n<div class=\"charts\">\n" + years + month_chart(sheet) +
         "</div>\n</section>\n";
}

std::string month_part(const Sheet& sheet) {
  const auto years = periods_of(sheet, Period::year), months = periods_of(sheet, Period::month);
  const auto other = benchmark_periods_of(sheet, Period::year);
  double full = 0.02;
  for (const PeriodReturn& month : months) full = std::max(full, std::min(std::abs(month.value), 0.12));
  std::string head = "<th>Year</th>";
  for (const char* name :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Total"}) {
    head += "<th>" + std::string(name) + "</th>";
  }
  if (sheet.benchmark) head += "<th class=\"other\">" + escaped(sheet.benchmark_name) + "</th>";
  std::string rows;
  auto month = months.begin();
  for (const PeriodReturn& year : years) {
    rows += "<tr>" + cell(std::to_string(year.year));
    for (int number = 1; number <= 12; ++number) {
      const bool present = month != months.end() && month->year == year.year && month->period == number;
      rows += present ? month_cell(month->value, full) : cell("");
      if (present) ++month;
    }
    rows += month_cell(year.value, full * 3.0);
    if (sheet.benchmark) {
      const double value = value_at(other, year.year);
      rows += std::isnan(value) ? cell("") : month_cell(value, full * 3.0);
    }
    rows += "</tr>\n";
  }
  return "<section>\n<h2>Monthly returns</h2>\n" +
         table("Monthly returns", head, rows, sheet.benchmark ? "months with-other" : "months") + part_of_years(sheet) +
         "</section>\n";
}

}  // namespace backtest
