// Rows of a long table into the cells of a panel whose bars and instruments are known.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/panel_shape.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

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
  const PanelShape& shape_;
  std::span<TableField> fields_;
  std::span<std::uint8_t> has_row_;
  bool last_duplicate_wins_;
  Source source_;
  std::uint64_t row_count_ = 0;
  BarOfDay bar_of_day_;
};

}  // namespace backtest
