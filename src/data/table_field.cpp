#include "data/table_field.hpp"

#include <fmt/format.h>

#include <cmath>

namespace backtest {

double TableField::admitted_rarely(double value, const std::string& path, std::uint64_t line,
                                   const std::string& column) {
  if (std::isnan(value)) return missing;
  if (!std::isinf(value)) {
    if (kind_ == FieldKind::number || kind_ == FieldKind::signal) return value + 0.0;  // turns -0.0 into 0.0
    if (value == 0.0 && (kind_ == FieldKind::volume || kind_ == FieldKind::dividend)) return 0.0;
    if (value == 0.0 && kind_ == FieldKind::split) return missing;
  }
  ++(std::isinf(value) ? infinite_ : out_of_range_);
  if (!first_) first_ = Diagnostic{.file = path, .line = line, .column = column};
  return missing;
}

void TableField::refuse_text(const std::string& text, Diagnostic place) {
  if (kind_ == FieldKind::signal) {
    ++text_;
    if (!first_ || place.line < first_->line) first_ = std::move(place);
    return;
  }
  place.message = not_a_number(text);
  problems.add(std::move(place));
}

std::optional<Diagnostic> TableField::warning() const {
  if (!first_) return std::nullopt;
  const bool allows_zero = kind_ == FieldKind::volume || kind_ == FieldKind::dividend || kind_ == FieldKind::split;
  std::string counts;
  const auto append = [&counts](std::uint64_t count, const char* what) {
    if (count > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : " and ", count, what);
  };
  append(infinite_, "infinite");
  append(out_of_range_, allows_zero ? "negative" : "zero or negative");
  append(text_, "non-numeric");
  const bool one = infinite_ + out_of_range_ + text_ == 1;
  Diagnostic warning = *first_;
  warning.message = fmt::format("{} {} as missing{}", counts, one ? "value counts" : "values count",
                                one ? "" : "; this is the first");
  return warning;
}

}  // namespace backtest
