// Rows of a table as JSON objects, written straight into the answer: no tree of values for 200,000 points.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/http/resource/csv_rows.hpp"

namespace backtest {

struct PointField {
  enum class Kind {
    text,
    number,           // missing: null
    number_or_zero,   // missing: 0.0
    integer,          // missing: null
    integer_or_zero,  // missing: 0
  };
  std::string_view name;
  Kind kind = Kind::number;
};

class PointWriter {
 public:
  // Fields are written sorted by name, as all JSON here.
  PointWriter(const CsvRows& rows, std::vector<PointField> fields);
  // Appends the current row of `rows`. Numbers go through an exact parser and NUM-8; what is not finite is missing.
  void append(std::string& out, const CsvRows& rows) const;

 private:
  struct Column {
    PointField field;
    std::optional<std::size_t> index;
  };
  std::vector<Column> columns_;
};

}  // namespace backtest
