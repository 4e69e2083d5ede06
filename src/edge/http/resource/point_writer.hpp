// Rows of a table as JSON objects, written straight into the answer: no tree of values for 200,000 points.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "artifact_table/artifact_table.hpp"

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
  explicit PointWriter(std::vector<PointField> fields);
  // What the table is opened with.
  std::vector<std::string_view> columns() const;
  // Appends the current row. Numbers are written by NUM-8; what is not finite is missing.
  void append(std::string& out, ArtifactTable& table) const;

 private:
  std::vector<PointField> fields_;
};

}  // namespace backtest
