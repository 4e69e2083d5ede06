#include "data/csv_table.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/byte_stream.hpp"
#include "data/csv_records.hpp"
#include "data/parallel_columns.hpp"

namespace backtest {

namespace {

struct KeyedBatch {
  CsvBatch csv;
  std::vector<std::int32_t> day;
  std::vector<SymbolId> symbol;
  std::vector<std::int32_t> second;
  std::vector<Cell> cells;
};

// Of one column of a batch.
struct ReadNumbers {
  std::vector<double> values;
  std::vector<BadCell> bad;
};

// One pass over the file.
class CsvScan {
 public:
  CsvScan(CsvRecords records, const std::string& path, const std::vector<std::string>& columns,
          const NumberFormat& numbers, const TableScan& scan, DayReader& days, SymbolTable& symbols, TableSink& sink)
      : records_(std::move(records)),
        path_(path),
        columns_(columns),
        numbers_(numbers),
        scan_(scan),
        days_(days),
        symbols_(symbols),
        sink_(sink),
        slot_of_column_(columns.size(), -1),
        numbers_of_(scan.values.size()) {
    if (scan.day) {
      last_.day = scan.day->days;
    } else {
      keep(scan.date);
    }
    if (scan.symbol) keep(*scan.symbol);
    for (const std::size_t column : scan.values) keep(column);
  }

  void run() {
    read_in_batches<KeyedBatch>(
        scan_.values.size(), [this](KeyedBatch& batch) { return prepare(batch); },
        [this](const KeyedBatch& batch, std::size_t column) { store(batch, column); });
  }

 private:
  // The file is in another encoding: each symbol would be wrong, so the first one ends it.
  Diagnostic not_utf8(std::uint64_t line) const {
    return {.file = path_, .line = line, .column = columns_[*scan_.symbol], .message = "the symbol is not UTF-8 text"};
  }

  void keep(std::size_t column) {
    if (slot_of_column_[column] < 0) slot_of_column_[column] = static_cast<int>(slots_++);
  }
  std::size_t slot(std::size_t column) const { return static_cast<std::size_t>(slot_of_column_[column]); }

  bool prepare(KeyedBatch& batch) {
    if (!records_.read_batch(batch.csv, slot_of_column_, slots_)) return false;
    const std::size_t rows = batch.csv.record_count();
    batch.day.assign(rows, no_day);
    batch.symbol.assign(scan_.symbol ? rows : 0, no_symbol);
    batch.second.assign(days_.times.has_times() ? rows : 0, 0);
    batch.cells.assign(rows, no_cell);
    for (std::size_t row = 0; row < rows; ++row) read_keys(batch, row);
    sink_.place({.line = batch.csv.line, .day = batch.day, .symbol = batch.symbol, .second = batch.second},
                batch.cells);
    return true;
  }

  void read_keys(KeyedBatch& batch, std::size_t row) {
    const std::uint64_t line = batch.csv.line[row];
    if (batch.csv.field_count[row] != columns_.size()) {
      sink_.refuse(line, "",
                   fmt::format("the row has {} fields, the header {}", batch.csv.field_count[row], columns_.size()));
      return;
    }
    const std::string_view* const fields = &batch.csv.fields[row * slots_];
    if (scan_.symbol) {
      const std::string_view symbol = trimmed(fields[slot(*scan_.symbol)]);
      if (symbol.empty()) {
        sink_.refuse(line, columns_[*scan_.symbol], "the symbol is missing");
        return;
      }
      const std::size_t known = symbols_.size();
      batch.symbol[row] = symbols_.intern(symbol);
      if (symbols_.size() > known && !is_utf8(symbol)) throw InvalidInput(not_utf8(line));
    }
    if (!scan_.day && !read_date(fields[slot(scan_.date)], line)) return;
    batch.day[row] = last_.day;
    if (last_.second == 0 && batch.second.empty()) return;
    batch.second.resize(batch.day.size());
    batch.second[row] = last_.second;
  }

  bool read_date(std::string_view date, std::uint64_t line) {
    // Rows next to each other mostly have the same date.
    if (date == last_date_) return true;
    const std::optional<DayTime> parsed = days_.read(date);
    if (!parsed) {
      sink_.refuse(line, columns_[scan_.date], days_.unreadable(date));
      return false;
    }
    days_.times.see(*parsed);
    last_date_.assign(date);
    last_ = *parsed;
    return true;
  }

  void store(const KeyedBatch& batch, std::size_t k) {
    auto& [values, bad] = numbers_of_[k];
    const std::size_t rows = batch.csv.record_count();
    values.resize(rows);
    bad.clear();
    const bool is_plain = numbers_ == NumberFormat{};
    const std::string_view* field = batch.csv.fields.data() + slot(scan_.values[k]);
    for (std::size_t row = 0; row < rows; ++row, field += slots_) {
      if (batch.cells[row] == no_cell) continue;
      const std::optional<double> value = is_plain ? parse_cell(*field) : parse_cell(*field, numbers_);
      values[row] = value.value_or(missing);
      if (!value) bad.push_back({.row = row, .text = std::string(*field)});
    }
    sink_.store({.column = k, .line = batch.csv.line, .cells = batch.cells, .values = values, .bad = bad});
  }

  CsvRecords records_;
  const std::string& path_;
  const std::vector<std::string>& columns_;
  NumberFormat numbers_;
  const TableScan& scan_;
  DayReader& days_;
  SymbolTable& symbols_;
  TableSink& sink_;
  std::vector<int> slot_of_column_;
  std::size_t slots_ = 0;
  std::vector<ReadNumbers> numbers_of_;  // the scan's values; their memory serves one batch after another
  std::string last_date_;
  DayTime last_;
};

class CsvTable final : public Table {
 public:
  CsvTable(std::shared_ptr<const DataSource> source, Compression compression, const TableFormat& format)
      : Table(source->path(), format), source_(std::move(source)), compression_(compression) {
    CsvRecords from_start = records();
    columns_ = from_start.read_header();
    for (std::string& name : columns_) name = std::string(trimmed(name));
    name_columns({});
    // The corner above stacked names is one of a few words; other files are not read further here.
    if (is_stacked_corner(columns_[0])) read_stacked_header(from_start);
  }

  void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) override {
    CsvRecords from_start = records();
    skip_header(from_start);
    CsvScan(std::move(from_start), path_, columns_, format_.numbers, scan, days_, symbols, sink).run();
  }

 private:
  void read_stacked_header(CsvRecords& after_first) {
    std::vector<std::vector<std::string>> lines = {columns_};
    while (lines.size() < 3) lines.push_back(after_first.read_record());
    const std::optional<StackedHeader> stacked = stacked_header(lines);
    if (!stacked) return;
    header_lines_ = stacked->line_count;
    columns_ = stacked->fields;
    name_columns({}, stacked->symbols);
  }

  void skip_header(CsvRecords& records) const {
    records.read_header();
    for (std::size_t line = 1; line < header_lines_; ++line) records.read_record();
  }

  bool holds_dates(std::size_t column) const override {
    CsvRecords from_start = records();
    skip_header(from_start);
    const std::vector<std::string> first = from_start.read_record();
    return column < first.size() && DayReader(format_).read(first[column]).has_value();
  }

  CsvRecords records() const {
    // A small file needs no large block: a template may name thousands.
    const bool is_plain = compression_ == Compression::none;
    const std::uint64_t first_block = is_plain ? source_->size_bytes() : CsvRecords::largest_first_block_bytes;
    return CsvRecords(is_plain ? plain_bytes(source_) : gunzipped_bytes(source_), path_, format_.delimiter,
                      first_block);
  }

  std::shared_ptr<const DataSource> source_;
  Compression compression_;
  std::size_t header_lines_ = 1;
};

}  // namespace

std::unique_ptr<Table> open_csv_table(std::shared_ptr<const DataSource> source, Compression compression,
                                      const TableFormat& format) {
  return std::make_unique<CsvTable>(std::move(source), compression, format);
}

}  // namespace backtest
