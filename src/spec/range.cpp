#include "spec/range.hpp"

#include <cmath>

#include "base/number_text.hpp"

namespace backtest {

namespace {

std::string plain_number(double v) {
  std::string text = number_text(v);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

std::string Range::text() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (!has_low && !has_high) return "";
  if (!has_high) return (low_is_open ? "> " : ">= ") + plain_number(low);
  if (!has_low) return (high_is_open ? "< " : "<= ") + plain_number(high);
  return (low_is_open ? "(" : "[") + plain_number(low) + ", " + plain_number(high) + (high_is_open ? ")" : "]");
}

}  // namespace backtest
