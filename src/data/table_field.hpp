// One column of a table on its way into the panel: which numbers it may hold, and a count of those it may not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"

namespace backtest {

enum class FieldKind {
  price,     // > 0
  volume,    // >= 0
  split,     // > 0; 0 means none, as some sources write it
  dividend,  // >= 0
  number,    // any; as for prices, text is an error
  signal     // any; text counts as missing
};

class TableField {
 public:
  TableField(std::string name, FieldKind kind) : name_(std::move(name)), kind_(kind) {}

  const std::string& name() const { return name_; }
  FieldKind kind() const { return kind_; }
  std::span<double> values;  // of every cell; NaN where nothing is stored

  // The number to keep: infinite and out of range is missing, counted, and the first one's place remembered.
  double admitted(double value, const std::string& path, std::uint64_t line, const std::string& column) {
    // One comparison lets ordinary numbers through; NaN fails it.
    if (value > 0.0 && value < limit) return value;
    return admitted_rarely(value, path, line, column);
  }

  // A cell of text: a problem, or one more missing value.
  void refuse_text(const std::string& text, Diagnostic place);

  std::optional<Diagnostic> warning() const;
  std::uint64_t out_of_range() const { return out_of_range_; }  // numbers that count as missing, but infinite ones
  RowProblems problems;

 private:
  static constexpr double limit = std::numeric_limits<double>::infinity();
  double admitted_rarely(double value, const std::string& path, std::uint64_t line, const std::string& column);

  std::string name_;
  FieldKind kind_;
  std::uint64_t infinite_ = 0;
  std::uint64_t out_of_range_ = 0;
  std::uint64_t text_ = 0;
  std::optional<Diagnostic> first_;
};

}  // namespace backtest
