// A wide table, date and one close column per symbol, into the cells of a panel. A missing cell is no row.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/load.hpp"
#include "data/panel_shape.hpp"

namespace backtest {

// The columns of a wide table that hold symbols; their order is the order of a scan's values.
struct WideColumns {
  std::vector<std::size_t> columns;
  std::vector<SymbolId> symbols;
};

// Every column but the date's; without `all_symbols` only the universe (ids below `universe_size`) and the benchmark.
// Throws InvalidInput where two columns are one symbol.
WideColumns find_wide_columns(const Table& table, std::size_t date_column, const LoadRequest& request,
                              std::size_t universe_size, SymbolTable& symbols);

class WideSink final : public TableSink {
 public:
  WideSink(const PanelShape& shape, TableField& close, std::span<std::uint8_t> has_row, bool last_duplicate_wins,
           const Table& table, const WideColumns& wide);

  void place(const RowKeys& keys, std::span<Cell> cells) override;
  void store(const ColumnBatch& batch) override;
  void refuse(std::uint64_t line, const std::string& column, std::string message) override;

  RowProblems problems;
  // One field per column, so that columns can come in two threads; read their problems and warnings.
  std::vector<TableField> closes;

 private:
  const PanelShape& shape_;
  BarOfDay bar_of_day_;
  std::span<double> values_;
  std::span<std::uint8_t> has_row_;
  bool last_duplicate_wins_;
  const Table& table_;
  const WideColumns& wide_;
  std::vector<std::uint8_t> bar_seen_;
};

}  // namespace backtest
