// Telemetry in Prometheus' text format.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

// `# HELP` and `# TYPE`, which stand before the samples of a number.
void append_telemetry_header(std::string& text, std::string_view name, std::string_view type, std::string_view help);
// The header and one sample without labels.
void append_telemetry(std::string& text, std::string_view name, std::string_view type, std::string_view help, double v);

}  // namespace backtest
