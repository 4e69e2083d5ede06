// Arrow arrays -> the days, symbols and numbers of a batch. Included by .cpp files only: it pulls in Arrow.
#pragma once

#include <arrow/array.h>
#include <arrow/chunked_array.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/day_reader.hpp"
#include "data/table.hpp"

namespace backtest {

// Why a column of this type cannot be dates (symbols, numbers); nullopt where it can.
std::optional<std::string> unfit_for_dates(const arrow::DataType& type, const DayReader& reader);
std::optional<std::string> unfit_for_symbols(const arrow::DataType& type);
std::optional<std::string> unfit_for_numbers(const arrow::DataType& type);

struct UnreadableKey {
  std::size_t row = 0;
  std::string message;
};

// DATE, TIMESTAMP or text, or integers where a date format reads them. A zoned timestamp is the date that its zone's
// clocks showed (W-35), or those of data.timezone.
class DayDecoder {
 public:
  explicit DayDecoder(DayReader& reader) : reader_(reader) {}
  // no_day where the date is missing or unreadable, which is told in `unreadable`. `seconds` stays empty until a time
  // of day came.
  void decode(const arrow::ChunkedArray& column, std::vector<std::int32_t>& days, std::vector<std::int32_t>& seconds,
              std::vector<UnreadableKey>& unreadable);

 private:
  void decode_chunk(const arrow::Array& chunk, std::vector<std::int32_t>& days, std::vector<std::int32_t>& seconds,
                    std::vector<UnreadableKey>& unreadable);
  DayTime of_text(std::string_view text);
  DayTime of_instant(std::int64_t instant, std::int64_t units);

  DayReader& reader_;
  std::unique_ptr<const TimeZone> zone_;  // of the column; null: it has none
  // Rows next to each other mostly have the same date.
  std::string last_text_;
  std::int64_t last_instant_ = 0;
  DayTime last_;
};

// Text, dictionary-encoded or not, or integers, which become their decimal text.
class SymbolDecoder {
 public:
  explicit SymbolDecoder(SymbolTable& symbols) : symbols_(symbols) {}
  void decode(const arrow::ChunkedArray& column, std::vector<SymbolId>& ids, std::vector<UnreadableKey>& unreadable);

 private:
  SymbolId id_of(const arrow::Array& values, std::int64_t at);
  void decode_dictionary(const arrow::Array& chunk, std::vector<SymbolId>& ids);

  static constexpr SymbolId not_looked_up = no_symbol - 1;

  SymbolTable& symbols_;
  std::shared_ptr<arrow::Array> dictionary_;  // of the last chunk, and what its entries are
  std::vector<SymbolId> id_of_entry_;
};

// Numbers as doubles, NaN where missing; `format` is how text has them. `buffer` is used where the column's own memory
// will not do.
std::span<const double> decode_numbers(const arrow::ChunkedArray& column, const NumberFormat& format,
                                       std::vector<double>& buffer, std::vector<BadCell>& bad);

}  // namespace backtest
