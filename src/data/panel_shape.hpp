// Which bars and instruments a panel has, and where the cell of a bar and an instrument lies. After the cells of the
// universe the arrays have one more cell per bar, for a benchmark that is not in the universe.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "data/panel_storage.hpp"
#include "data/symbol_table.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"

namespace backtest {

inline constexpr std::uint32_t not_read = std::numeric_limits<std::uint32_t>::max();

// Where symbols and days go.
struct PanelShape {
  std::vector<Date> dates;
  std::size_t instruments = 0;
  std::size_t first_bar = 0;                   // rows of earlier bars are left out
  std::vector<std::uint32_t> place_of_symbol;  // an instrument, or `instruments` for the benchmark, or not_read

  std::size_t cell_count() const { return dates.size() * (instruments + 1); }
  Cell cell(std::size_t bar, std::uint32_t place) const {
    return place < instruments ? bar * instruments + place : dates.size() * instruments + bar;
  }
  std::uint32_t place(SymbolId symbol) const {
    return symbol < place_of_symbol.size() ? place_of_symbol[symbol] : not_read;
  }
};

class BarOfDay {
 public:
  explicit BarOfDay(const std::vector<Date>& dates);
  // The bar of that day, or not_read.
  std::uint32_t bar(std::int32_t day) const {
    return day < first_day_ || day > last_day_ ? not_read : bars_[static_cast<std::size_t>(day - first_day_)];
  }

 private:
  std::int32_t first_day_;
  std::int32_t last_day_;
  std::vector<std::uint32_t> bars_;  // by day from the first
};

// Sets each field's values, all missing, and the row flags, all 0. The spans live as long as the block returned.
std::shared_ptr<PanelStorage> allocate_fields(const PanelShape& shape, std::span<TableField> fields,
                                              std::span<std::uint8_t>& has_row);

}  // namespace backtest
