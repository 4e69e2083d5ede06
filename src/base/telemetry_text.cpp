#include "base/telemetry_text.hpp"

#include "base/number_text.hpp"

namespace backtest {

void append_telemetry_header(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_telemetry(std::string& text, std::string_view name, std::string_view type, std::string_view help,
                      double v) {
  append_telemetry_header(text, name, type, help);
  text.append(name).append(" ");
  append_number(text, v);
  text += "\n";
}

}  // namespace backtest
