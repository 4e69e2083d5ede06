#include "data/csv_table.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/byte_stream.hpp"
#include "data/csv_records.hpp"
#include "data/parallel_columns.hpp"

namespace backtest {

namespace {

struct KeyedBatch {
  CsvBatch csv;
  std::vector<std::int32_t> day;
  std::vector<SymbolId> symbol;
  std::vector<Cell> cells;
  bool exists = false;
};

// One pass over the file.
class CsvScan {
 public:
  CsvScan(CsvRecords records, const std::string& path, const std::vector<std::string>& columns, const TableScan& scan,
          SymbolTable& symbols, TableSink& sink)
      : records_(std::move(records)),
        path_(path),
        columns_(columns),
        scan_(scan),
        symbols_(symbols),
        sink_(sink),
        slot_of_column_(columns.size(), -1) {
    keep(scan.date);
    if (scan.symbol) keep(*scan.symbol);
    for (const std::size_t column : scan.values) keep(column);
  }

  void run() {
    ParallelColumns threads;
    std::array<KeyedBatch, 2> batches;
    prepare(batches[0]);
    for (std::size_t turn = 0; batches[turn].exists; turn = 1 - turn) {
      // The keys of the next batch are the longest task, so they go first.
      threads.run(1 + scan_.values.size(), [&](std::size_t task) {
        if (task == 0) {
          prepare(batches[1 - turn]);
        } else {
          store(batches[turn], task - 1);
        }
      });
    }
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

  void prepare(KeyedBatch& batch) {
    batch.exists = records_.read_batch(batch.csv, slot_of_column_, slots_);
    if (!batch.exists) return;
    const std::size_t rows = batch.csv.record_count();
    batch.day.assign(rows, no_day);
    batch.symbol.assign(scan_.symbol ? rows : 0, no_symbol);
    batch.cells.assign(rows, no_cell);
    for (std::size_t row = 0; row < rows; ++row) read_keys(batch, row);
    sink_.place({.line = batch.csv.line, .day = batch.day, .symbol = batch.symbol}, batch.cells);
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
    const std::string_view date = fields[slot(scan_.date)];
    if (date != last_date_) {
      const std::optional<Date> parsed = parse_cell_date(date);
      if (!parsed) {
        sink_.refuse(line, columns_[scan_.date], unreadable_date(date));
        return;
      }
      last_date_.assign(date);
      last_day_ = parsed->days;
    }
    batch.day[row] = last_day_;
  }

  void store(const KeyedBatch& batch, std::size_t k) {
    thread_local std::vector<double> values;
    thread_local std::vector<BadCell> bad;
    const std::size_t rows = batch.csv.record_count();
    values.resize(rows);
    bad.clear();
    const std::string_view* field = batch.csv.fields.data() + slot(scan_.values[k]);
    for (std::size_t row = 0; row < rows; ++row, field += slots_) {
      if (batch.cells[row] == no_cell) continue;
      const std::optional<double> value = parse_cell(*field);
      values[row] = value.value_or(missing);
      if (!value) bad.push_back({.row = row, .text = std::string(*field)});
    }
    sink_.store({.column = k, .line = batch.csv.line, .cells = batch.cells, .values = values, .bad = bad});
  }

  CsvRecords records_;
  const std::string& path_;
  const std::vector<std::string>& columns_;
  const TableScan& scan_;
  SymbolTable& symbols_;
  TableSink& sink_;
  std::vector<int> slot_of_column_;
  std::size_t slots_ = 0;
  std::string last_date_;
  std::int32_t last_day_ = no_day;
};

class CsvTable final : public Table {
 public:
  CsvTable(SourceFile file, FileKind kind) : file_(std::move(file)), kind_(kind) {
    path_ = file_.path();
    columns_ = records().read_header();
    for (std::string& name : columns_) name = std::string(trimmed(name));
  }

  void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) override {
    CsvRecords from_start = records();
    from_start.read_header();
    CsvScan(std::move(from_start), path_, columns_, scan, symbols, sink).run();
  }

 private:
  CsvRecords records() const {
    // A small file needs no large block: a template may name thousands.
    const std::uint64_t first_block =
        kind_ == FileKind::csv ? file_.size_bytes() : CsvRecords::largest_first_block_bytes;
    return CsvRecords(kind_ == FileKind::csv_gzip ? gunzipped_bytes(file_) : plain_bytes(file_), file_.path(),
                      first_block);
  }

  SourceFile file_;
  FileKind kind_;
};

}  // namespace

std::unique_ptr<Table> open_csv_table(SourceFile file, FileKind kind) {
  return std::make_unique<CsvTable>(std::move(file), kind);
}

}  // namespace backtest
