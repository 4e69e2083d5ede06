#include "report/html.hpp"

#include <fmt/format.h>

#include <cmath>

namespace backtest {

namespace {

constexpr std::string_view undefined = "n/a";
constexpr std::string_view minus = "\u2212";

// `digits` is a plain non-negative decimal number.
std::string with_thousands(std::string digits) {
  const std::size_t point = std::min(digits.find('.'), digits.size());
  for (auto at = static_cast<std::ptrdiff_t>(point) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

// A value that rounds to zero has no sign.
std::string with_sign(double value, const std::string& digits, bool plus) {
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  if (zero) return digits;
  return (value < 0 ? std::string(minus) : plus ? "+" : "") + digits;
}

std::string percent(OptionalNumber fraction, int decimals, bool plus) {
  if (!fraction || !std::isfinite(*fraction)) return std::string(undefined);
  const std::string digits = with_thousands(fmt::format("{:.{}f}", std::fabs(*fraction) * 100.0, decimals));
  return with_sign(*fraction, digits, plus) + "%";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string shown_percent(OptionalNumber fraction, int decimals) {
  return percent(fraction, decimals, false);
}

std::string shown_signed_percent(OptionalNumber fraction, int decimals) {
  return percent(fraction, decimals, true);
}

std::string shown_ratio(OptionalNumber value) {
  if (!value || !std::isfinite(*value)) return std::string(undefined);
  return with_sign(*value, with_thousands(fmt::format("{:.2f}", std::fabs(*value))), false);
}

std::string shown_money(OptionalNumber value) {
  if (!value || !std::isfinite(*value)) return std::string(undefined);
  const double magnitude = std::fabs(*value);
  return with_sign(*value, with_thousands(fmt::format("{:.{}f}", magnitude, magnitude < 1000.0 ? 2 : 0)), false);
}

std::string shown_compact(double value) {
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e15) return with_sign(value, fmt::format("{:.1e}", magnitude), false);
  const char* unit = "";
  double scaled = magnitude;
  for (const char* larger : {"k", "M", "B", "T"}) {
    if (scaled < 1000.0) break;
    scaled /= 1000.0;
    unit = larger;
  }
  return with_sign(value, fmt::format("{:.6g}", scaled), false) + unit;
}

std::string shown_count(std::size_t count) {
  return with_thousands(std::to_string(count));
}

std::string shown_plural(std::size_t count, std::string_view singular) {
  return shown_count(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

}  // namespace backtest
