// Rows of a table into the cells of a panel whose bars and instruments are known. After the cells of the universe the
// arrays have one more cell per bar, for a benchmark that is not in the universe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/panel_storage.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "engine/model/panel.hpp"

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

// Sets each field's values, all missing, and the row flags, all 0. The spans live as long as the block returned.
std::shared_ptr<PanelStorage> allocate_fields(const PanelShape& shape, std::span<TableField> fields,
                                              std::span<std::uint8_t>& has_row);

class PanelSink final : public TableSink {
 public:
  PanelSink(const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
            bool last_duplicate_wins);

  // The rows that follow come from this file. `field_of_column[k]` is where the scan's column k goes.
  struct Source {
    std::string path;
    const SymbolTable* symbols;
    SymbolId symbol = no_symbol;  // where the file has no symbol column
    std::vector<std::size_t> field_of_column;
    std::vector<std::string> column_names;  // as the file spells them
  };
  void begin(Source source);
  void place(const RowKeys& keys, std::span<Cell> cells) override;
  void store(const ColumnBatch& batch) override;
  void refuse(std::uint64_t line, const std::string& column, std::string message) override;

  std::uint64_t row_count() const { return row_count_; }  // of the tables, used or not
  RowProblems problems;                                   // duplicates and rows without keys

 private:
  std::uint32_t bar_of(std::int32_t day) const;

  const PanelShape& shape_;
  std::span<TableField> fields_;
  std::span<std::uint8_t> has_row_;
  bool last_duplicate_wins_;
  Source source_;
  std::uint64_t row_count_ = 0;
  std::vector<std::uint32_t> bar_of_day_;  // from the first bar's day
};

}  // namespace backtest
