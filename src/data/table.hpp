// A table of rows in a file, streamed in batches; CSV and Parquet look the same from here.
//
// A scan asks for a date column, perhaps a symbol column, and any number of value columns. For each batch, in the order
// of the file, the sink is told the keys and says where each row goes; then it is given the value columns one by one.
// Columns of one batch may be given in two threads at once, and while the keys of the next batch are placed; one column
// is never given twice at once, and its batches come in order. What a sink keeps must not depend on more than that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/cell_text.hpp"
#include "data/data_source.hpp"
#include "data/day_reader.hpp"
#include "data/symbol_table.hpp"
#include "data/table_format.hpp"
#include "data/table_names.hpp"

namespace backtest {

using Cell = std::uint64_t;
inline constexpr Cell no_cell = std::numeric_limits<Cell>::max();  // the row is not read further

struct RowKeys {
  std::span<const std::uint64_t> line;   // of the file, header = 1; for Parquet the row, from 1
  std::span<const std::int32_t> day;     // no_day where it was unreadable
  std::span<const SymbolId> symbol;      // no_symbol where it was missing; empty when no symbol column was asked for
  std::span<const std::int32_t> second;  // of the day; empty where dates came without times so far
};

struct BadCell {
  std::size_t row = 0;  // in the batch
  std::string text;
};

// One column of one batch. Values are finite, infinite or NaN; rows without a cell hold anything.
struct ColumnBatch {
  std::size_t column = 0;  // index into TableScan::values
  std::span<const std::uint64_t> line;
  std::span<const Cell> cells;
  std::span<const double> values;
  std::span<const BadCell> bad;  // cells that are text and no number; their value is NaN
};

class TableSink {
 public:
  virtual ~TableSink() = default;
  virtual void place(const RowKeys& keys, std::span<Cell> cells) = 0;
  virtual void store(const ColumnBatch&) {}
  // A row without readable keys, or of the wrong shape. Such rows are not placed.
  virtual void refuse(std::uint64_t /*line*/, const std::string& /*column*/, std::string /*message*/) {}
};

struct TableScan {
  std::size_t date = 0;
  std::optional<Date> day;  // of every row: no date column is read
  std::optional<std::size_t> symbol;
  std::vector<std::size_t> values;
};

enum class ColumnUse { dates, symbols, numbers };

class Table {
 public:
  virtual ~Table() = default;
  const std::string& path() const { return path_; }
  const std::vector<std::string>& columns() const { return columns_; }    // as the file spells them
  const std::vector<std::string>& names() const { return names_.names; }  // as the run reads them
  const TableNames& header() const { return names_; }
  // The column of that name (DATA-7).
  std::optional<std::size_t> column(std::string_view name) const;
  // Under the names that are known for it, else the index of the table where it holds dates.
  std::optional<std::size_t> date_column() const;

  // False where a scan of the column's values would be refused for its type.
  virtual bool may_hold_numbers(std::size_t column) const { return !unfit_for(column, ColumnUse::numbers); }

  // May be called again. Throws InvalidInput where the file cannot be read on.
  virtual void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) = 0;
  // Of the dates that scans read.
  const TimesOfDay& times() const { return days_.times; }

 protected:
  Table(std::string path, const TableFormat& format) : path_(std::move(path)), format_(format), days_(format) {}
  // To be called once columns_ is known.
  void name_columns(const std::vector<std::string>& index_columns, const std::vector<std::string>& symbols = {});
  // Whether the column could be the dates: by its type, or by its first cell.
  virtual bool holds_dates(std::size_t column) const = 0;
  // Why a column cannot be read as that, by its type.
  virtual std::optional<std::string> unfit_for(std::size_t /*column*/, ColumnUse /*use*/) const { return std::nullopt; }
  // Throws InvalidInput that names all columns of the scan that are unfit.
  void require_fit(const TableScan& scan) const;

  std::string path_;
  TableFormat format_;
  std::vector<std::string> columns_;
  TableNames names_;
  DayReader days_;
};

// By the suffix of its path, without case: .csv, .csv.gz, .parquet, .pq. Throws InvalidInput for any other.
std::unique_ptr<Table> open_table(std::shared_ptr<const DataSource> source, const TableFormat& format);
// By the suffix of a name of its own, where the source's path has none.
std::unique_ptr<Table> open_table_named(std::string_view name, std::shared_ptr<const DataSource> source,
                                        const TableFormat& format);
bool is_table_name(std::string_view path);

}  // namespace backtest
