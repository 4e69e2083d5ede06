// Wide tables, date and one column per symbol (or per field and symbol), into the cells of a panel. A missing cell is
// no row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/load.hpp"
#include "data/panel_shape.hpp"
#include "data/row_calendar.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"

namespace backtest {

// The columns of a wide table that hold numbers of a symbol; their order is the order of a scan's values.
struct WideColumns {
  std::vector<std::size_t> columns;
  std::vector<SymbolId> symbols;
  std::vector<std::size_t> fields;   // which of the fields asked for each column is
  std::vector<std::string> skipped;  // columns that are named like an index or a field
};

// Throws InvalidInput where the columns of a table that is read as a plain wide one are no symbols: it is a long table,
// holds the fields of one symbol, or names fields and symbols in one. A column that the universe names is a symbol.
void check_columns_are_symbols(const Table& table, const TableScan& keys, const LoadRequest& request);

// Of a table whose header says field and symbol, the columns of `fields`; of another every column but the date's, all
// of them field 0. With `all_symbols` those that are named like an index or a field are left out; without it only the
// universe (ids below `universe_size`) and the benchmark. Throws InvalidInput where two columns are one symbol's field.
WideColumns find_wide_columns(const Table& table, const TableScan& keys, std::span<const std::string> fields,
                              const LoadRequest& request, std::size_t universe_size, SymbolTable& symbols);

class WideSink final : public TableSink {
 public:
  WideSink(const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
           bool last_duplicate_wins);

  // The rows that follow come from this table, whose columns are those of `wide`; both live until the next one begins.
  void begin(const Table& table, const WideColumns& wide);
  // Rows of days without a bar go where it says; without one they are left out.
  void use(RowCalendar& calendar) { calendar_ = &calendar; }

  void place(const RowKeys& keys, std::span<Cell> cells) override;
  void store(const ColumnBatch& batch) override;
  void refuse(std::uint64_t line, const std::string& column, std::string message) override;

  std::uint64_t row_count() const { return row_count_; }
  RowProblems problems;
  // One field per column, so that columns can come in two threads; read their problems and warnings. Of all tables.
  std::vector<TableField> columns_read;

 private:
  const PanelShape& shape_;
  std::span<TableField> fields_;
  std::span<std::uint8_t> has_row_;
  bool last_duplicate_wins_;
  BarOfDay bar_of_day_;
  RowCalendar* calendar_ = nullptr;
  const Table* table_ = nullptr;
  const WideColumns* wide_ = nullptr;
  std::size_t first_column_ = 0;  // of this table in columns_read
  std::uint64_t row_count_ = 0;
  struct SeenRow {
    std::int32_t second = 0;
    std::int32_t distance_days = 0;
  };
  std::vector<std::optional<SeenRow>> seen_;  // by bar
  std::vector<std::uint8_t> symbol_seen_;     // in an earlier table
  std::vector<std::uint8_t> earlier_rows_;    // what earlier tables filled, where one had a symbol of this one
};

}  // namespace backtest
