#include "edge/http/resource/point_writer.hpp"

#include <algorithm>
#include <cmath>

#include "base/json.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

void append_value(std::string& out, double number, PointField::Kind kind) {
  using Kind = PointField::Kind;
  const bool integer = kind == Kind::integer || kind == Kind::integer_or_zero;
  const bool zero = kind == Kind::number_or_zero || kind == Kind::integer_or_zero;
  if (!std::isfinite(number)) {
    out += !zero ? "null" : integer ? "0" : "0.0";
  } else if (integer && std::fabs(number) < 1e15) {
    out += std::to_string(static_cast<long long>(number));
  } else {
    append_number(out, number);
  }
}

}  // namespace

PointWriter::PointWriter(std::vector<PointField> fields) : fields_(std::move(fields)) {
  std::ranges::sort(fields_, {}, &PointField::name);
}

std::vector<std::string_view> PointWriter::columns() const {
  std::vector<std::string_view> names;
  for (const PointField& field : fields_) names.push_back(field.name);
  return names;
}

void PointWriter::append(std::string& out, ArtifactTable& table) const {
  char separator = '{';
  for (std::size_t column = 0; column < fields_.size(); ++column) {
    out += separator;
    out.append("\"").append(fields_[column].name).append("\":");
    if (fields_[column].kind == PointField::Kind::text) {
      append_json_string(out, table.text(column));
    } else {
      append_value(out, table.number(column), fields_[column].kind);
    }
    separator = ',';
  }
  out += '}';
}

}  // namespace backtest
