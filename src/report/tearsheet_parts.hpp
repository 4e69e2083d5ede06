// The parts of tearsheet.html, top to bottom; each returns finished, escaped HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/metric/value_series.hpp"
#include "report/artifacts.hpp"
#include "report/tearsheet_readings.hpp"

namespace backtest {

extern const std::string_view tearsheet_style;        // CSS
extern const std::string_view tearsheet_print_style;  // CSS for narrow screens and for paper
extern const std::string_view tearsheet_script;       // what the pointer reads; the page is whole without it

// One page under way.
struct Sheet {
  const RunView& run;
  std::string benchmark_name;                       // not escaped; of some 24 characters at most
  std::optional<ValueSeries> benchmark, portfolio;  // over the benchmark's bars
  Readings readings;                                // of the charts so far
  std::string date_labels;                          // of every chart over time

  explicit Sheet(const RunView& view);
};

std::string title_part(const Sheet& sheet);
std::string key_number_part(const Sheet& sheet);
std::string nav_part(Sheet& sheet);
std::string year_part(Sheet& sheet);  // yearly bars and the distribution of months
std::string month_part(const Sheet& sheet);
std::string metric_part(const Sheet& sheet);
std::string spread_part(const Sheet& sheet);
std::string rolling_part(Sheet& sheet);
std::string exposure_part(Sheet& sheet);
std::string cost_part(Sheet& sheet);
std::string contribution_part(const Sheet& sheet);
std::string drawdown_part(const Sheet& sheet);
std::string crisis_part(const Sheet& sheet);
std::string position_part(const Sheet& sheet);
std::string notice_part(const Sheet& sheet);  // warnings, rejects, constraint hits
std::string config_part(const Sheet& sheet, const std::string& result_sha256);

}  // namespace backtest
