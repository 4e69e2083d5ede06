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

#include "data/table.hpp"

namespace backtest {

// Why a column of this type cannot be dates (symbols, numbers); nullopt where it can.
std::optional<std::string> unfit_for_dates(const arrow::DataType& type);
std::optional<std::string> unfit_for_symbols(const arrow::DataType& type);
std::optional<std::string> unfit_for_numbers(const arrow::DataType& type);

struct UnreadableKey {
  std::size_t row = 0;
  std::string message;
};

// DATE, TIMESTAMP or ISO text. A zoned timestamp is the date that its zone's clocks showed (W-35).
class DayDecoder {
 public:
  DayDecoder();
  ~DayDecoder();
  // Why timestamps of this zone cannot be read; nullopt where they can.
  static std::optional<std::string> unknown_zone(const std::string& name);
  // no_day where the date is missing or unreadable, which is told in `unreadable`.
  void decode(const arrow::ChunkedArray& column, std::vector<std::int32_t>& days,
              std::vector<UnreadableKey>& unreadable);

 private:
  struct Zone;
  void decode_chunk(const arrow::Array& chunk, std::vector<std::int32_t>& days, std::vector<UnreadableKey>& unreadable);
  std::int32_t day_of_text(std::string_view text);
  std::int32_t day_of_instant(std::int64_t instant, std::int64_t units);

  std::unique_ptr<Zone> zone_;
  // Rows next to each other mostly have the same date.
  std::string last_text_;
  std::int64_t last_instant_ = 0;
  std::int32_t last_day_ = no_day;
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

// Numbers as doubles, NaN where missing. `buffer` is used where the column's own memory will not do.
std::span<const double> decode_numbers(const arrow::ChunkedArray& column, std::vector<double>& buffer,
                                       std::vector<BadCell>& bad);

}  // namespace backtest
