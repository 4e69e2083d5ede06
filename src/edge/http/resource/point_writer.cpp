#include "edge/http/resource/point_writer.hpp"

#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

void append_cell(std::string& out, std::string_view cell, PointField::Kind kind) {
  using Kind = PointField::Kind;
  if (kind == Kind::text) {
    append_json_string(out, cell);
    return;
  }
  const std::optional<double> number = parse_number(cell);
  const bool missing = !number || !std::isfinite(*number);
  const bool integer = kind == Kind::integer || kind == Kind::integer_or_zero;
  const bool zero = kind == Kind::number_or_zero || kind == Kind::integer_or_zero;
  if (missing) {
    out += !zero ? "null" : integer ? "0" : "0.0";
  } else if (integer && std::fabs(*number) < 1e15) {
    out += std::to_string(static_cast<long long>(*number));
  } else {
    append_number(out, *number);
  }
}

}  // namespace

PointWriter::PointWriter(const CsvRows& rows, std::vector<PointField> fields) {
  std::ranges::sort(fields, {}, &PointField::name);
  for (const PointField& field : fields) columns_.push_back({field, rows.column(field.name)});
}

void PointWriter::append(std::string& out, const CsvRows& rows) const {
  char separator = '{';
  for (const Column& column : columns_) {
    out += separator;
    out.append("\"").append(column.field.name).append("\":");
    append_cell(out, rows.cell(column.index), column.field.kind);
    separator = ',';
  }
  out += '}';
}

}  // namespace backtest
