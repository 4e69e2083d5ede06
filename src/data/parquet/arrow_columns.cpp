#include "data/parquet/arrow_columns.hpp"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_dict.h>
#include <arrow/array/array_primitive.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

using arrow::Type;

// Old writers leave text unmarked, as bytes.
bool is_text(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW || id == Type::BINARY ||
         id == Type::LARGE_BINARY || id == Type::BINARY_VIEW || id == Type::FIXED_SIZE_BINARY;
}

std::string_view text_at(const arrow::Array& array, std::int64_t at) {
  switch (array.type_id()) {
    case Type::STRING:
    case Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetView(at);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return static_cast<const arrow::LargeBinaryArray&>(array).GetView(at);
    case Type::FIXED_SIZE_BINARY: {
      const std::string_view filled = static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(at);
      return filled.substr(0, filled.find_last_not_of('\0') + 1);
    }
    default:
      return static_cast<const arrow::BinaryViewArray&>(array).GetView(at);
  }
}

// Calls `visit(array)` with the concrete type of an array of integers.
template <typename Visit>
void visit_integers(const arrow::Array& array, Visit&& visit) {
  switch (array.type_id()) {
    case Type::INT8:
      return visit(static_cast<const arrow::Int8Array&>(array));
    case Type::INT16:
      return visit(static_cast<const arrow::Int16Array&>(array));
    case Type::INT32:
      return visit(static_cast<const arrow::Int32Array&>(array));
    case Type::INT64:
      return visit(static_cast<const arrow::Int64Array&>(array));
    case Type::UINT8:
      return visit(static_cast<const arrow::UInt8Array&>(array));
    case Type::UINT16:
      return visit(static_cast<const arrow::UInt16Array&>(array));
    case Type::UINT32:
      return visit(static_cast<const arrow::UInt32Array&>(array));
    default:
      return visit(static_cast<const arrow::UInt64Array&>(array));
  }
}

bool is_double(Type::type id) {
  return id == Type::FLOAT || id == Type::DOUBLE;
}

std::string key_text(const arrow::Array& array, std::int64_t at) {
  if (is_text(array.type_id())) return std::string(text_at(array, at));
  if (array.type_id() == Type::FLOAT) return number_text(static_cast<const arrow::FloatArray&>(array).Value(at));
  if (array.type_id() == Type::DOUBLE) return number_text(static_cast<const arrow::DoubleArray&>(array).Value(at));
  std::string text;
  visit_integers(array, [&](const auto& integers) { text = fmt::to_string(integers.Value(at)); });
  return text;
}

const arrow::DataType& value_type(const arrow::DataType& type) {
  return type.id() == Type::DICTIONARY ? *static_cast<const arrow::DictionaryType&>(type).value_type() : type;
}

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::int64_t units_per_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    default:
      return 1'000'000'000;
  }
}

constexpr std::int64_t seconds_per_day = 86'400;

std::int32_t day_or_none(std::int64_t day) {
  return day > std::numeric_limits<std::int32_t>::min() && day <= std::numeric_limits<std::int32_t>::max()
             ? static_cast<std::int32_t>(day)
             : no_day;
}

}  // namespace

std::optional<std::string> unfit_for_symbols(const arrow::DataType& type) {
  const arrow::DataType& values = value_type(type);
  if (is_text(values.id()) || arrow::is_integer(values.id())) return std::nullopt;
  return fmt::format("holds {} and no symbols; a symbol is text", type.ToString());
}

std::optional<std::string> unfit_for_numbers(const arrow::DataType& type) {
  const Type::type id = value_type(type).id();
  const bool fits =
      arrow::is_integer(id) || arrow::is_floating(id) || arrow::is_decimal(id) || is_text(id) || id == Type::NA;
  if (fits) return std::nullopt;
  return fmt::format("holds {} and no numbers", type.ToString());
}

std::optional<std::string> unfit_for_dates(const arrow::DataType& type, const DayReader& reader) {
  const Type::type id = value_type(type).id();
  if (id == Type::TIMESTAMP) {
    const std::string& zone = static_cast<const arrow::TimestampType&>(value_type(type)).timezone();
    if (TimeZone::is_known(zone)) return std::nullopt;
    return fmt::format("holds timestamps of the time zone '{}', which this system does not know", zone);
  }
  if (id == Type::DATE32 || id == Type::DATE64 || is_text(id)) return std::nullopt;
  if (arrow::is_integer(id) && !reader.format().empty()) return std::nullopt;
  if (is_double(id) && is_counted_date_format(reader.format())) return std::nullopt;
  return fmt::format(
      "holds {} and no dates; a date is a DATE, a TIMESTAMP or text like 2024-01-31{}", type.ToString(),
      arrow::is_integer(id)
          ? ", or an integer like 20240131 with data.csv: {date_format: \"%Y%m%d\"}, or a count (epoch_s, epoch_ms, "
            "epoch_us, epoch_ns, excel)"
      : is_double(id) ? ", or a count that data.csv: {date_format: ...} names (epoch_s, epoch_ms, excel)"
                      : "");
}

DayTime DayDecoder::of_text(std::string_view text) {
  if (text == last_text_ && last_.day != no_day) return last_;
  const std::optional<DayTime> read = reader_.read(text);
  if (!read) return {};
  last_text_ = text;
  last_ = *read;
  reader_.times.see(last_);
  return last_;
}

DayTime DayDecoder::of_instant(std::int64_t instant, std::int64_t units) {
  if (instant == last_instant_ && last_.day != no_day) return last_;
  last_instant_ = instant;
  const std::int64_t second = floor_divide(instant, units);
  last_ = zone_ ? reader_.of_instant(second, *zone_) : reader_.of_naive(second);
  if (last_.day != no_day) reader_.times.see(last_);
  return last_;
}

void DayDecoder::decode_chunk(const arrow::Array& chunk, std::vector<std::int32_t>& days,
                              std::vector<std::int32_t>& seconds, std::vector<UnreadableKey>& unreadable) {
  const arrow::Array* values = &chunk;
  const arrow::DictionaryArray* dictionary = nullptr;
  if (chunk.type_id() == Type::DICTIONARY) {
    dictionary = static_cast<const arrow::DictionaryArray*>(&chunk);
    values = dictionary->dictionary().get();
  }
  std::int64_t units = 1;
  if (values->type_id() == Type::TIMESTAMP) {
    const auto& type = static_cast<const arrow::TimestampType&>(*values->type());
    units = units_per_second(type.unit());
    if (!type.timezone().empty() && (!zone_ || zone_->name() != type.timezone())) {
      zone_ = std::make_unique<const TimeZone>(type.timezone());
    }
  }
  for (std::int64_t row = 0; row < chunk.length(); ++row) {
    std::int64_t at = row;
    if (dictionary != nullptr && !chunk.IsNull(row)) at = dictionary->GetValueIndex(row);
    if (chunk.IsNull(row) || values->IsNull(at)) {
      unreadable.push_back({.row = days.size(), .message = "the date is missing"});
      days.push_back(no_day);
      if (!seconds.empty()) seconds.push_back(0);
      continue;
    }
    DayTime time;
    switch (values->type_id()) {
      case Type::DATE32:
        time.day = static_cast<const arrow::Date32Array&>(*values).Value(at);
        break;
      case Type::DATE64:
        time.day = day_or_none(
            floor_divide(static_cast<const arrow::Date64Array&>(*values).Value(at), seconds_per_day * 1'000));
        break;
      case Type::TIMESTAMP:
        time = of_instant(static_cast<const arrow::TimestampArray&>(*values).Value(at), units);
        break;
      default:
        time = is_text(values->type_id()) ? of_text(text_at(*values, at)) : of_text(key_text(*values, at));
    }
    if (time.day == no_day) {
      const bool is_instant = values->type_id() == Type::TIMESTAMP || values->type_id() == Type::DATE64 ||
                              values->type_id() == Type::DATE32;
      unreadable.push_back(
          {.row = days.size(),
           .message = is_instant ? "the date is out of range" : reader_.unreadable(key_text(*values, at))});
    }
    if (time.second != 0 && seconds.empty()) seconds.resize(days.size());
    days.push_back(time.day);
    if (time.second != 0 || !seconds.empty()) seconds.push_back(time.second);
  }
}

void DayDecoder::decode(const arrow::ChunkedArray& column, std::vector<std::int32_t>& days,
                        std::vector<std::int32_t>& seconds, std::vector<UnreadableKey>& unreadable) {
  days.clear();
  seconds.clear();
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) decode_chunk(*chunk, days, seconds, unreadable);
}

SymbolId SymbolDecoder::id_of(const arrow::Array& values, std::int64_t at) {
  if (values.IsNull(at)) return no_symbol;
  if (is_text(values.type_id())) {
    const std::string_view symbol = trimmed(text_at(values, at));
    return symbol.empty() ? no_symbol : symbols_.intern(symbol);
  }
  SymbolId id = no_symbol;
  visit_integers(values, [&](const auto& integers) { id = symbols_.intern(fmt::to_string(integers.Value(at))); });
  return id;
}

void SymbolDecoder::decode_dictionary(const arrow::Array& chunk, std::vector<SymbolId>& ids) {
  const auto& encoded = static_cast<const arrow::DictionaryArray&>(chunk);
  // Entries are looked up where a row uses them: a dictionary may list symbols that no row has.
  if (dictionary_ != encoded.dictionary()) {
    dictionary_ = encoded.dictionary();
    id_of_entry_.assign(static_cast<std::size_t>(dictionary_->length()), not_looked_up);
  }
  visit_integers(*encoded.indices(), [&](const auto& indices) {
    for (std::int64_t row = 0; row < indices.length(); ++row) {
      if (indices.IsNull(row)) {
        ids.push_back(no_symbol);
        continue;
      }
      SymbolId& id = id_of_entry_[static_cast<std::size_t>(indices.Value(row))];
      if (id == not_looked_up) id = id_of(*dictionary_, static_cast<std::int64_t>(indices.Value(row)));
      ids.push_back(id);
    }
  });
}

void SymbolDecoder::decode(const arrow::ChunkedArray& column, std::vector<SymbolId>& ids,
                           std::vector<UnreadableKey>& unreadable) {
  ids.clear();
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    if (chunk->type_id() == Type::DICTIONARY) {
      decode_dictionary(*chunk, ids);
    } else {
      for (std::int64_t row = 0; row < chunk->length(); ++row) ids.push_back(id_of(*chunk, row));
    }
  }
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (ids[row] == no_symbol) unreadable.push_back({.row = row, .message = "the symbol is missing"});
  }
}

namespace {

// Appends one value; text that is no number goes to `bad`.
double number_at(const arrow::Array& values, std::int64_t at, const NumberFormat& format, std::size_t row,
                 std::vector<BadCell>& bad) {
  if (values.IsNull(at)) return missing;
  switch (values.type_id()) {
    case Type::NA:
      return missing;
    case Type::DOUBLE:
      return static_cast<const arrow::DoubleArray&>(values).Value(at);
    case Type::FLOAT:
      return static_cast<double>(static_cast<const arrow::FloatArray&>(values).Value(at));
    case Type::HALF_FLOAT:
      return arrow::util::Float16::FromBits(static_cast<const arrow::HalfFloatArray&>(values).Value(at)).ToDouble();
    case Type::DECIMAL32:
      return parse_cell(static_cast<const arrow::Decimal32Array&>(values).FormatValue(at)).value_or(missing);
    case Type::DECIMAL64:
      return parse_cell(static_cast<const arrow::Decimal64Array&>(values).FormatValue(at)).value_or(missing);
    case Type::DECIMAL128:
      return parse_cell(static_cast<const arrow::Decimal128Array&>(values).FormatValue(at)).value_or(missing);
    case Type::DECIMAL256:
      return parse_cell(static_cast<const arrow::Decimal256Array&>(values).FormatValue(at)).value_or(missing);
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY: {
      const std::string_view text = text_at(values, at);
      const std::optional<double> number = format == NumberFormat{} ? parse_cell(text) : parse_cell(text, format);
      if (!number) bad.push_back({.row = row, .text = std::string(text)});
      return number.value_or(missing);
    }
    default: {
      double number = missing;
      visit_integers(values, [&](const auto& integers) { number = static_cast<double>(integers.Value(at)); });
      return number;
    }
  }
}

void append_doubles(const arrow::DoubleArray& chunk, std::vector<double>& buffer) {
  const std::size_t first = buffer.size();
  buffer.insert(buffer.end(), chunk.raw_values(), chunk.raw_values() + chunk.length());
  if (chunk.null_count() == 0) return;
  for (std::int64_t row = 0; row < chunk.length(); ++row) {
    if (chunk.IsNull(row)) buffer[first + static_cast<std::size_t>(row)] = missing;
  }
}

}  // namespace

std::span<const double> decode_numbers(const arrow::ChunkedArray& column, const NumberFormat& format,
                                       std::vector<double>& buffer, std::vector<BadCell>& bad) {
  buffer.clear();
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    if (chunk->type_id() == Type::DOUBLE) {
      const auto& doubles = static_cast<const arrow::DoubleArray&>(*chunk);
      if (column.num_chunks() == 1 && chunk->null_count() == 0) {
        return {doubles.raw_values(), static_cast<std::size_t>(chunk->length())};
      }
      append_doubles(doubles, buffer);
    } else if (chunk->type_id() == Type::DICTIONARY) {
      const auto& encoded = static_cast<const arrow::DictionaryArray&>(*chunk);
      for (std::int64_t row = 0; row < chunk->length(); ++row) {
        buffer.push_back(chunk->IsNull(row) ? missing
                                            : number_at(*encoded.dictionary(), encoded.GetValueIndex(row), format,
                                                        buffer.size(), bad));
      }
    } else {
      for (std::int64_t row = 0; row < chunk->length(); ++row)
        buffer.push_back(number_at(*chunk, row, format, buffer.size(), bad));
    }
  }
  return buffer;
}

}  // namespace backtest
