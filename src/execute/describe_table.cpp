#include "execute/describe_table.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/diagnostic_json.hpp"
#include "data/cell_text.hpp"
#include "data/column_lookup.hpp"
#include "data/load.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"

namespace backtest {

namespace {

constexpr std::size_t previewed_rows = 20;
constexpr std::size_t previewed_columns = 50;
constexpr std::size_t described_columns = 500;
constexpr std::size_t named_symbols = 100;
constexpr std::size_t named_holes = 20;
constexpr std::size_t longest_text = 200;

// A text of a cell, of a column or a symbol: a million of letters would be as many in the description.
json::value shown_text(std::string text) {
  if (text.size() > longest_text) text = text.substr(0, longest_text) + "...";
  // What is cut or comes from a file may be no UTF-8.
  return is_utf8(text) ? json::value(text) : json::value(nullptr);
}

struct ColumnFacts {
  std::uint64_t numbers = 0, missing = 0, texts = 0;
  double least = std::numeric_limits<double>::infinity(), greatest = -std::numeric_limits<double>::infinity();
  json::array first;  // the first rows

  void add(double value) {
    ++numbers;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
};

struct SymbolFacts {
  std::uint64_t rows = 0;
  std::int32_t first_day = std::numeric_limits<std::int32_t>::max();
  std::int32_t last_day = std::numeric_limits<std::int32_t>::min();
};

// All rows of a table, once.
class Facts final : public TableSink {
 public:
  Facts(const std::string& path, std::size_t columns) : path_(path), columns_(columns) {}

  void place(const RowKeys& keys, std::span<Cell> cells) override {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      if (keys.day[row] == no_day) continue;
      const bool has_symbol = !keys.symbol.empty();
      if (has_symbol && keys.symbol[row] == no_symbol) continue;
      cells[row] = rows_++;
      note_day(keys.day[row]);
      if (has_symbol) note_symbol(keys.symbol[row], keys.day[row]);
      if (previewed_days_.size() == previewed_rows) continue;
      previewed_days_.push_back(keys.day[row]);
      if (has_symbol) previewed_symbols_.push_back(keys.symbol[row]);
    }
  }

  void store(const ColumnBatch& batch) override {
    ColumnFacts& facts = columns_[batch.column];
    std::size_t next_bad = 0;
    for (std::size_t row = 0; row < batch.cells.size(); ++row) {
      if (batch.cells[row] == no_cell) continue;
      const bool is_text = next_bad < batch.bad.size() && batch.bad[next_bad].row == row;
      const bool is_previewed = batch.cells[row] < previewed_rows && batch.column < previewed_columns;
      if (is_text) {
        ++facts.texts;
        if (is_previewed) facts.first.push_back(shown_text(batch.bad[next_bad].text));
        ++next_bad;
        continue;
      }
      const double value = batch.values[row];
      if (std::isfinite(value)) facts.add(value);
      if (std::isnan(value)) ++facts.missing;
      if (is_previewed) facts.first.push_back(std::isfinite(value) ? json::value(value) : json::value(nullptr));
    }
  }

  void refuse(std::uint64_t line, const std::string& column, std::string message) override {
    problems_.add({.file = path_, .line = line, .column = column, .message = std::move(message)});
  }

  std::uint64_t rows() const { return rows_; }
  const std::vector<ColumnFacts>& columns() const { return columns_; }
  const RowProblems& problems() const { return problems_; }
  const std::vector<std::int32_t>& previewed_days() const { return previewed_days_; }
  const std::vector<SymbolId>& previewed_symbols() const { return previewed_symbols_; }
  const std::vector<SymbolFacts>& symbols() const { return symbols_; }

  // Ascending, each once.
  std::vector<std::int32_t> days() const {
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < has_day_.size(); ++i) {
      if (has_day_[i] != 0) found.push_back(first_day_ + static_cast<std::int32_t>(i));
    }
    return found;
  }

 private:
  void note_day(std::int32_t day) {
    if (has_day_.empty()) first_day_ = day;
    if (day < first_day_) {
      has_day_.insert(has_day_.begin(), static_cast<std::size_t>(first_day_ - day), 0);
      first_day_ = day;
    }
    const auto at = static_cast<std::size_t>(day - first_day_);
    if (at >= has_day_.size()) has_day_.resize(at + 1, 0);
    has_day_[at] = 1;
  }

  void note_symbol(SymbolId symbol, std::int32_t day) {
    if (symbol >= symbols_.size()) symbols_.resize(std::size_t{symbol} + 1);
    SymbolFacts& facts = symbols_[symbol];
    ++facts.rows;
    facts.first_day = std::min(facts.first_day, day);
    facts.last_day = std::max(facts.last_day, day);
  }

  const std::string& path_;
  std::vector<ColumnFacts> columns_;
  std::uint64_t rows_ = 0;
  std::int32_t first_day_ = 0;
  std::vector<std::uint8_t> has_day_;  // from first_day_ on
  std::vector<SymbolFacts> symbols_;
  std::vector<std::int32_t> previewed_days_;
  std::vector<SymbolId> previewed_symbols_;
  RowProblems problems_;
};

struct Keys {
  std::optional<std::size_t> date, symbol;
};

TableScan scan_of(const Table& table, const Keys& keys) {
  TableScan scan;
  if (keys.date) scan.date = *keys.date;
  // Without dates there still are rows to count.
  if (!keys.date) scan.day = Date{};
  scan.symbol = keys.symbol;
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    if (i != keys.date && i != keys.symbol && table.may_hold_numbers(i)) scan.values.push_back(i);
  }
  return scan;
}

std::string_view kind_of(const ColumnFacts& facts) {
  if (facts.texts == 0) return "number";
  return facts.numbers == 0 ? "text" : "mixed";
}

json::array columns_json(const Table& table, const Keys& keys, const TableScan& scan, const Facts& facts) {
  json::array columns;
  for (std::size_t i = 0; i < std::min(table.columns().size(), described_columns); ++i) {
    json::object column{{"name", shown_text(table.columns()[i])}};
    const auto scanned = std::ranges::find(scan.values, i);
    if (i == keys.date) {
      column["kind"] = "date";
    } else if (i == keys.symbol) {
      column["kind"] = "symbol";
    } else if (scanned == scan.values.end()) {
      column["kind"] = "text";
    } else {
      const ColumnFacts& of_column = facts.columns()[static_cast<std::size_t>(scanned - scan.values.begin())];
      column["kind"] = kind_of(of_column);
      column["numbers"] = of_column.numbers;
      column["missing"] = of_column.missing;
      column["texts"] = of_column.texts;
      column["least"] = of_column.numbers > 0 ? json::value(of_column.least) : json::value(nullptr);
      column["greatest"] = of_column.numbers > 0 ? json::value(of_column.greatest) : json::value(nullptr);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

json::object preview_json(const Table& table, const Keys& keys, const TableScan& scan, const SymbolTable& symbols,
                          const Facts& facts) {
  json::array columns;
  const std::size_t shown = std::min(scan.values.size(), previewed_columns);
  if (keys.date) columns.push_back(shown_text(table.columns()[*keys.date]));
  if (keys.symbol) columns.push_back(shown_text(table.columns()[*keys.symbol]));
  for (std::size_t k = 0; k < shown; ++k) columns.push_back(shown_text(table.columns()[scan.values[k]]));
  json::array rows;
  for (std::size_t row = 0; row < facts.previewed_days().size(); ++row) {
    json::array cells;
    if (keys.date) cells.emplace_back(to_text(Date{facts.previewed_days()[row]}));
    if (keys.symbol) cells.push_back(shown_text(symbols.text(facts.previewed_symbols()[row])));
    for (std::size_t k = 0; k < shown; ++k) {
      const json::array& first = facts.columns()[k].first;
      cells.push_back(row < first.size() ? first[row] : json::value(nullptr));
    }
    rows.push_back(std::move(cells));
  }
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

struct Hole {
  SymbolId symbol;
  std::uint64_t days;
};

json::object holes_json(const std::vector<std::int32_t>& days, const SymbolTable& symbols, const Facts& facts) {
  std::vector<Hole> holes;
  std::uint64_t all = 0;
  for (SymbolId symbol = 0; symbol < facts.symbols().size(); ++symbol) {
    const SymbolFacts& of_symbol = facts.symbols()[symbol];
    if (of_symbol.rows == 0) continue;
    const auto first = std::ranges::lower_bound(days, of_symbol.first_day);
    const auto last = std::ranges::upper_bound(days, of_symbol.last_day);
    const auto expected = static_cast<std::uint64_t>(last - first);
    if (expected <= of_symbol.rows) continue;  // rows that are there twice are told of apart
    holes.push_back({.symbol = symbol, .days = expected - of_symbol.rows});
    all += holes.back().days;
  }
  std::ranges::sort(holes, [&](const Hole& one, const Hole& other) {
    return one.days != other.days ? one.days > other.days : symbols.text(one.symbol) < symbols.text(other.symbol);
  });
  json::array worst;
  for (std::size_t i = 0; i < std::min(holes.size(), named_holes); ++i) {
    const SymbolFacts& of_symbol = facts.symbols()[holes[i].symbol];
    worst.push_back(json::object{{"symbol", shown_text(symbols.text(holes[i].symbol))},
                                 {"days", holes[i].days},
                                 {"first_date", to_text(Date{of_symbol.first_day})},
                                 {"last_date", to_text(Date{of_symbol.last_day})}});
  }
  return {{"days", all}, {"symbols", holes.size()}, {"worst", std::move(worst)}};
}

json::array symbol_names(const SymbolTable& symbols) {
  std::vector<std::string_view> names;
  for (SymbolId id = 0; id < symbols.size(); ++id) names.emplace_back(symbols.text(id));
  const std::size_t shown = std::min(names.size(), named_symbols);
  std::ranges::partial_sort(names, names.begin() + static_cast<std::ptrdiff_t>(shown));
  json::array listed;
  for (std::size_t i = 0; i < shown; ++i) listed.push_back(shown_text(std::string(names[i])));
  return listed;
}

// What a run over all of its days and symbols says of it.
json::object as_prices(const std::shared_ptr<const DataSources>& sources, const std::string& path, bool is_wide,
                       Date first, Date last) {
  LoadRequest request;
  request.sources = sources;
  request.price_path = path;
  request.wide = is_wide;
  request.all_symbols = true;
  request.start_date = first;
  request.end_date = last;
  request.fill_policy = FillPolicy::same_close;  // which needs no more than the close
  json::object said{{"accepted", true}, {"layout", is_wide ? "wide" : "long"}};
  std::vector<Diagnostic> errors, warnings;
  try {
    warnings = load_market_data(request).warnings;
  } catch (const InvalidInput& invalid) {
    errors = invalid.diagnostics();
    said["accepted"] = false;
  }
  if (warnings.size() > RowProblems::told_at_most) warnings.resize(RowProblems::told_at_most);
  said["errors"] = errors_json(errors);
  said["warnings"] = warnings_json(warnings);
  return said;
}

// There is nothing that a run could be over. The arrays are named: braces alone would make objects of them.
json::object without_days(const std::string& path, const Keys& keys) {
  Diagnostic reason{.file = path, .message = "the table has no rows with a date"};
  if (!keys.date) reason.message = "the table has no column of dates";
  return {{"accepted", false},
          {"layout", nullptr},
          {"errors", errors_json({std::move(reason)})},
          {"warnings", json::array()}};
}

}  // namespace

json::object describe_table(const std::shared_ptr<const DataSources>& sources, const std::string& path) {
  const std::unique_ptr<Table> table = open_table(sources->open(path), {});
  const Keys keys{.date = table->date_column(), .symbol = find_symbol_column(table->names())};
  const TableScan scan = scan_of(*table, keys);
  SymbolTable symbols;
  Facts facts(path, scan.values.size());
  table->scan(scan, symbols, facts);

  json::object told{{"rows", facts.rows()}};
  const auto column = [&](std::optional<std::size_t> at) {
    return at ? shown_text(table->columns()[*at]) : json::value(nullptr);
  };
  told["date_column"] = column(keys.date);
  told["symbol_column"] = column(keys.symbol);
  told["columns"] = columns_json(*table, keys, scan, facts);
  told["columns_total"] = table->columns().size();
  const std::vector<std::int32_t> days = keys.date ? facts.days() : std::vector<std::int32_t>{};
  told["dates"] = days.size();
  told["first_date"] = days.empty() ? json::value(nullptr) : json::value(to_text(Date{days.front()}));
  told["last_date"] = days.empty() ? json::value(nullptr) : json::value(to_text(Date{days.back()}));
  told["symbols"] = symbols.size();
  told["symbol_names"] = symbol_names(symbols);
  told["holes"] = holes_json(days, symbols, facts);
  told["refused"] = errors_json(facts.problems().told());
  told["preview"] = preview_json(*table, keys, scan, symbols, facts);
  const bool is_wide = !keys.symbol && !table->column("close");
  told["as_prices"] = days.empty() ? without_days(path, keys)
                                   : as_prices(sources, path, is_wide, Date{days.front()}, Date{days.back()});
  return told;
}

}  // namespace backtest
