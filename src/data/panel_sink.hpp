// Rows of a long table into the cells of a panel whose bars and instruments are known.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/panel_shape.hpp"
#include "data/row_calendar.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

// Tells rows without any price from others (DATA-26): `has_row` becomes 0, row_with_price or row_without_price.
void tell_rows_without_prices(const PanelShape& shape, std::span<const TableField> fields,
                              std::span<std::uint8_t> has_row);

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
    bool has_time_column = false;           // beside the dates: two rows of a day are bars of it
  };
  void begin(Source source);
  // Rows of days without a bar go where it says; without one they are left out.
  void use(RowCalendar& calendar) { calendar_ = &calendar; }
  void place(const RowKeys& keys, std::span<Cell> cells) override;
  void store(const ColumnBatch& batch) override;
  void refuse(std::uint64_t line, const std::string& column, std::string message) override;

  std::uint64_t row_count() const { return row_count_; }  // of the tables, used or not
  RowProblems problems;                                   // duplicates and rows without keys

 private:
  const PanelShape& shape_;
  std::span<TableField> fields_;
  std::span<std::uint8_t> has_row_;
  bool last_duplicate_wins_;
  Source source_;
  std::uint32_t off_calendar_bar(Date date, std::uint64_t line);
  bool is_further(Date date, std::uint32_t bar, Cell cell);
  bool is_repeated(const RowKeys& keys, std::size_t row, std::uint32_t bar, SymbolId symbol, Cell cell);

  std::uint64_t row_count_ = 0;
  BarOfDay bar_of_day_;
  RowCalendar* calendar_ = nullptr;
  // By cell, from when they are needed: the time of day of the row, and how far its day is from the bar.
  std::vector<std::int32_t> second_;
  std::vector<std::int32_t> distance_days_;
};

}  // namespace backtest
