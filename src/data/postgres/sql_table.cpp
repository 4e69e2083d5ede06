#include "data/postgres/sql_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/parallel_columns.hpp"
#include "data/postgres/binary_rows.hpp"

namespace backtest {

namespace {

constexpr std::size_t batch_rows = std::size_t{1} << 16;
constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int32_t postgres_epoch_day = 10'957;  // 2000-01-01
constexpr std::int64_t postgres_epoch_second = std::int64_t{postgres_epoch_day} * 86'400;

struct Batch {
  std::vector<std::uint64_t> line;
  std::vector<std::int32_t> day;
  std::vector<std::int32_t> second;
  std::vector<SymbolId> symbol;
  std::vector<Cell> cells;
  std::vector<std::vector<double>> values;  // by column
};

// Rows next to each other mostly have the same date.
class DayOfField {
 public:
  DayOfField(SqlKind kind, DayReader& reader) : kind_(kind), reader_(reader) {}

  // Its day is no_day where it cannot be read.
  DayTime read(std::string_view field) {
    if (field == last_field_ && last_.day != no_day) return last_;
    last_field_ = field;
    last_ = decoded(field);
    if (last_.day != no_day && kind_ != SqlKind::date) reader_.times.see(last_);
    return last_;
  }
  std::string refusal(std::string_view field) const {
    const bool is_text = kind_ == SqlKind::text || kind_ == SqlKind::whole;
    return is_text ? reader_.unreadable(field) : "the date is out of range";
  }

 private:
  DayTime decoded(std::string_view field) const {
    if (kind_ == SqlKind::date) {
      const std::int32_t day = int32_of(field);
      const bool is_infinite =
          day == std::numeric_limits<std::int32_t>::max() || day == std::numeric_limits<std::int32_t>::min();
      return is_infinite ? DayTime{} : DayTime{.day = day + postgres_epoch_day};
    }
    if (kind_ == SqlKind::text || kind_ == SqlKind::whole) return reader_.read(field).value_or(DayTime{});
    const std::int64_t instant = int64_of(field);
    if (instant == std::numeric_limits<std::int64_t>::max() || instant == std::numeric_limits<std::int64_t>::min())
      return {};
    const std::int64_t second =
        instant / microseconds_per_second - (instant % microseconds_per_second < 0 ? 1 : 0) + postgres_epoch_second;
    return kind_ == SqlKind::instant ? reader_.of_instant(second, utc_) : reader_.of_naive(second);
  }

  SqlKind kind_;
  DayReader& reader_;
  TimeZone utc_{"UTC"};
  std::string last_field_;
  DayTime last_;
};

// One pass over the rows.
class SqlScan {
 public:
  SqlScan(const SqlRelation& relation, const TableScan& scan, DayReader& days, SymbolTable& symbols, TableSink& sink,
          BinaryRows::NextPiece next_piece)
      : relation_(relation),
        scan_(scan),
        symbols_(symbols),
        sink_(sink),
        days_(relation.columns[scan.date].kind, days),
        rows_(std::move(next_piece), 1 + (scan.symbol ? 1 : 0) + scan.values.size()) {}

  // How many rows came.
  std::uint64_t run() {
    read_in_batches<Batch>(
        scan_.values.size(), [this](Batch& batch) { return prepare(batch); },
        [this](const Batch& batch, std::size_t column) { store(batch, column); });
    return row_count_;
  }

 private:
  bool prepare(Batch& batch) {
    batch.line.clear();
    batch.day.clear();
    batch.second.clear();
    batch.symbol.clear();
    batch.values.resize(scan_.values.size());
    for (std::vector<double>& column : batch.values) column.clear();
    while (!is_over_ && batch.day.size() < batch_rows) {
      const auto fields = rows_.next();
      is_over_ = fields.empty();
      if (!is_over_) add(batch, fields);
    }
    batch.cells.assign(batch.day.size(), no_cell);
    if (batch.day.empty()) return false;
    sink_.place({.line = batch.line, .day = batch.day, .symbol = batch.symbol, .second = batch.second}, batch.cells);
    return true;
  }

  void add(Batch& batch, std::span<const std::optional<std::string_view>> fields) {
    const std::uint64_t line = ++row_count_;
    DayTime time = fields[0] ? days_.read(*fields[0]) : DayTime{};
    if (time.day == no_day) {
      sink_.refuse(line, relation_.columns[scan_.date].name,
                   fields[0] ? days_.refusal(*fields[0]) : "the date is missing");
    }
    if (time.second != 0 && batch.second.empty()) batch.second.resize(batch.day.size());
    std::size_t next = 1;
    if (scan_.symbol) {
      const std::string_view symbol = trimmed(fields[next++].value_or(""));
      batch.symbol.push_back(symbol.empty() ? no_symbol : symbols_.intern(symbol));
      if (symbol.empty()) {
        sink_.refuse(line, relation_.columns[*scan_.symbol].name, "the symbol is missing");
        time.day = no_day;
      }
    }
    batch.line.push_back(line);
    batch.day.push_back(time.day);
    if (time.second != 0 || !batch.second.empty()) batch.second.push_back(time.second);
    for (std::vector<double>& column : batch.values) {
      const auto& field = fields[next++];
      column.push_back(field ? float8_of(*field) : std::numeric_limits<double>::quiet_NaN());
    }
  }

  void store(const Batch& batch, std::size_t column) {
    sink_.store(
        {.column = column, .line = batch.line, .cells = batch.cells, .values = batch.values[column], .bad = {}});
  }

  const SqlRelation& relation_;
  const TableScan& scan_;
  SymbolTable& symbols_;
  TableSink& sink_;
  DayOfField days_;
  BinaryRows rows_;
  std::uint64_t row_count_ = 0;
  bool is_over_ = false;
};

std::string rows_in_words(const RowsWanted& rows) {
  const std::string range = rows.first ? fmt::format("between {} and {}", to_text(*rows.first), to_text(rows.last))
                                       : "up to " + to_text(rows.last);
  if (!rows.symbols) return range;
  return rows.symbols->size() == 1 ? fmt::format("{} of '{}'", range, rows.symbols->front())
                                   : fmt::format("{} of the {} symbols asked for", range, rows.symbols->size());
}

}  // namespace

SqlTable::SqlTable(std::string path, SqlRelation relation, RowsWanted rows, std::shared_ptr<SqlSession> session,
                   const TableFormat& format)
    : Table(std::move(path), format),
      relation_(std::move(relation)),
      rows_(std::move(rows)),
      session_(std::move(session)) {
  for (const SqlColumn& column : relation_.columns) columns_.push_back(column.name);
  name_columns({});
}

bool SqlTable::holds_dates(std::size_t column) const {
  return !unfit_for_dates(relation_.columns[column], false);
}

std::optional<std::string> SqlTable::unfit_for(std::size_t column, ColumnUse use) const {
  const SqlColumn& sql = relation_.columns[column];
  switch (use) {
    case ColumnUse::dates:
      return unfit_for_dates(sql, !days_.format().empty());
    case ColumnUse::symbols:
      return unfit_for_symbols(sql);
    case ColumnUse::numbers:
      return unfit_for_numbers(sql);
  }
}

RowsWanted SqlTable::with_warmup(const TableScan& scan) const {
  RowsWanted rows = rows_;
  if (rows.warmup_bars == 0) return rows;
  const std::optional<std::string> sql = first_day_text(relation_, scan, rows);
  const std::optional<std::string> day = sql ? session_->value(path_, rows, *sql) : std::nullopt;
  if (const auto first = parse_date(day.value_or(""))) rows.first = std::min(*first, *rows.first);
  return rows;
}

void SqlTable::scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) {
  require_fit(scan);
  const RowsWanted rows = with_warmup(scan);
  std::uint64_t row_count = 0;
  session_->copy(path_, rows, copy_text(relation_, scan, rows), [&](const auto& next_piece) {
    row_count = SqlScan(relation_, scan, days_, symbols, sink, next_piece).run();
  });
  if (row_count == 0) {
    throw InvalidInput(Diagnostic{.file = path_, .message = "the table has no row " + rows_in_words(rows_)});
  }
}

}  // namespace backtest
