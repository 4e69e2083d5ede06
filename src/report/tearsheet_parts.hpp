// The parts of tearsheet.html, top to bottom; each returns finished, escaped HTML.
#pragma once

#include <string>
#include <string_view>

#include "report/artifacts.hpp"

namespace backtest {

extern const std::string_view tearsheet_style;   // CSS
extern const std::string_view tearsheet_script;  // the charts' crosshair; the page is whole without it

std::string title_part(const RunView& run);
std::string key_number_part(const RunView& run);
std::string chart_part(const RunView& run);
std::string month_part(const RunView& run);
std::string metric_part(const RunView& run);
std::string drawdown_part(const RunView& run);
std::string position_part(const RunView& run);
std::string notice_part(const RunView& run);  // warnings, rejects, constraint hits
std::string config_part(const RunView& run, const std::string& result_sha256);

}  // namespace backtest
