#include "data/price_field.hpp"

#include <fmt/format.h>

#include <cmath>

namespace backtest {

double PriceField::admitted_rarely(double value, const std::string& path, std::uint64_t line,
                                   const std::string& column) {
  if (std::isnan(value)) return missing;
  if (!std::isinf(value)) {
    if (kind_ == FieldKind::number) return value + 0.0;  // turns -0.0 into 0.0
    if (value == 0.0 && (kind_ == FieldKind::volume || kind_ == FieldKind::dividend)) return 0.0;
    if (value == 0.0 && kind_ == FieldKind::split) return missing;
  }
  ++(std::isinf(value) ? infinite_ : out_of_range_);
  if (!first_) first_ = Diagnostic{.file = path, .line = line, .column = column};
  return missing;
}

std::optional<Diagnostic> PriceField::warning() const {
  if (!first_) return std::nullopt;
  std::string counts;
  if (infinite_ > 0) counts = fmt::format("{} infinite", infinite_);
  if (out_of_range_ > 0) {
    const bool allows_zero = kind_ == FieldKind::volume || kind_ == FieldKind::dividend || kind_ == FieldKind::split;
    counts += fmt::format("{}{} {}", counts.empty() ? "" : " and ", out_of_range_,
                          allows_zero ? "negative" : "zero or negative");
  }
  Diagnostic warning = *first_;
  const bool one = infinite_ + out_of_range_ == 1;
  warning.message = fmt::format("{} {} as missing{}", counts, one ? "value counts" : "values count",
                                one ? "" : "; this is the first");
  return warning;
}

std::string not_a_number(const std::string& text) {
  constexpr std::size_t shown_at_most = 60;
  return text.size() <= shown_at_most ? fmt::format("'{}' is not a number", text)
                                      : fmt::format("'{}...' is not a number", text.substr(0, shown_at_most));
}

}  // namespace backtest
