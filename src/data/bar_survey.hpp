// First pass over the price tables: on which days universe symbols have rows, and which symbols have any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/row_problems.hpp"
#include "data/table.hpp"

namespace backtest {

struct Bars {
  std::vector<Date> dates;    // warm-up first
  std::size_t first_bar = 0;  // the first on or after the start
};

class BarSurvey final : public TableSink {
 public:
  // Ids below `universe_size` are the universe; with `all_symbols` every symbol is.
  BarSurvey(std::size_t universe_size, bool all_symbols);

  // The rows that follow come from this file; where it has no symbol column they are all of `symbol`.
  void begin(const std::string& path, SymbolId symbol = no_symbol);
  // The same for a wide table: a cell that is there is a row of its column's symbol.
  void begin_wide(const std::string& path, std::vector<SymbolId> symbol_of_column);

  // The columns of this long table whose values are counted, in the order of its scan's values. 0 counts as none, and
  // `none` too.
  struct CountedColumn {
    std::string name;
    double none = 0.0;
  };
  void count(std::vector<CountedColumn> columns);
  struct Counted {
    std::string file;
    std::uint64_t first_line = 0;
    std::uint64_t values = 0;
  };
  // Null where no table had the column.
  const Counted* counted(const std::string& column) const;

  void place(const RowKeys& keys, std::span<Cell> cells) override;
  void store(const ColumnBatch& batch) override;
  void refuse(std::uint64_t line, const std::string& column, std::string message) override;

  // Dates of universe rows from start to end, and the last `warmup_bars` before. May be empty.
  Bars bars(Date start, Date end, int warmup_bars) const;
  bool has_row(SymbolId symbol) const { return symbol < seen_.size() && seen_[symbol] != 0; }
  // First and last date of universe rows anywhere in the tables.
  std::optional<std::pair<Date, Date>> extent() const;

  RowProblems problems;

 private:
  void count_values(const ColumnBatch& batch);
  bool in_universe(SymbolId symbol) const { return all_symbols_ || symbol < universe_size_; }

  std::size_t universe_size_;
  bool all_symbols_;
  std::string path_;
  SymbolId symbol_of_file_ = no_symbol;
  std::vector<SymbolId> symbol_of_column_;  // not empty: the table is wide
  std::vector<CountedColumn> counted_columns_;
  std::map<std::string, Counted> counted_;
  std::vector<std::uint8_t> is_bar_;  // by day from year 0 to 9999
  std::vector<std::uint8_t> seen_;    // by symbol
};

}  // namespace backtest
