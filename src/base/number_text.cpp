#include "base/number_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace backtest {

void append_number(std::string& out, double v) {
  if (std::isnan(v)) return;
  if (std::isinf(v)) {
    out += v > 0 ? "inf" : "-inf";
    return;
  }
  if (v == 0.0) v = 0.0;  // one zero: a sign would be read as a tiny loss
  const double magnitude = std::fabs(v);
  const bool positional = magnitude == 0.0 || (magnitude >= 1e-4 && magnitude < 1e16);
  char buffer[64];
  // Whole numbers, many of them zero, are most of some columns: as integers they cost a third.
  if (positional && magnitude < 9e15 && std::trunc(magnitude) == magnitude) {
    char* const whole_end = std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(v)).ptr;
    out.append(buffer, whole_end);
    out += ".0";
    return;
  }
  const auto format = positional ? std::chars_format::fixed : std::chars_format::scientific;
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, v, format);
  const std::string_view digits(buffer, static_cast<std::size_t>(end - buffer));
  out += digits;
  if (positional && digits.find('.') == std::string_view::npos) out += ".0";
}

std::string number_text(double v) {
  std::string out;
  append_number(out, v);
  return out;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size()) {
    // from_chars leaves the value alone here: too large is infinite, too small is zero.
    const bool negative = text.front() == '-';
    const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
    const double limit = tiny ? 0.0 : HUGE_VAL;
    return negative ? -limit : limit;
  }
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace backtest
