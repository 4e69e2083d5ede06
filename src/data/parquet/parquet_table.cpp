#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "data/arrow_tables.hpp"
#include "data/parallel_columns.hpp"
#include "data/parquet/arrow_columns.hpp"
#include "data/parquet/arrow_source.hpp"
#include "data/parquet/system_zone.hpp"
#include "data/refuse_file.hpp"
#include "data/table.hpp"

namespace backtest {

namespace {

constexpr std::int64_t batch_rows = std::int64_t{1} << 16;

void check(const std::string& path, const arrow::Status& status) {
  if (!status.ok()) refuse_file(path, "is not a readable Parquet file: " + status.message());
}

// Leaf columns by their place in the file; nested ones are never read.
using ColumnIndex = std::vector<int>;

// Arrow makes dictionaries of plain and of dictionary-encoded text, and of no other encoding.
bool can_be_read_as_dictionary(const std::string& path, const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                               int leaf) {
  parquet::arrow::FileReaderBuilder builder;
  check(path, builder.Open(file));
  const std::shared_ptr<parquet::FileMetaData> metadata = builder.raw_reader()->metadata();
  for (int group = 0; group < metadata->num_row_groups(); ++group) {
    for (const parquet::Encoding::type encoding : metadata->RowGroup(group)->ColumnChunk(leaf)->encodings()) {
      switch (encoding) {
        case parquet::Encoding::PLAIN:
        case parquet::Encoding::PLAIN_DICTIONARY:
        case parquet::Encoding::RLE_DICTIONARY:
        case parquet::Encoding::RLE:
        case parquet::Encoding::BIT_PACKED:
          break;
        default:
          return false;
      }
    }
  }
  return true;
}

// The index of a pandas frame, as the frame's metadata names it: {"index_columns": ["Date", {"kind": "range"}], ...}.
std::vector<std::string> pandas_index(const parquet::FileMetaData& metadata) {
  const auto& pairs = metadata.key_value_metadata();
  if (!pairs) return {};
  const auto text = pairs->Get("pandas");
  if (!text.ok()) return {};
  boost::system::error_code damaged;
  const json::value frame = json::parse(*text, damaged);
  const json::value* const listed =
      damaged || !frame.is_object() ? nullptr : frame.as_object().if_contains("index_columns");
  std::vector<std::string> names;
  if (listed == nullptr || !listed->is_array()) return names;
  for (const json::value& name : listed->as_array()) {
    if (name.is_string()) names.emplace_back(name.as_string());
  }
  return names;
}

std::unique_ptr<parquet::arrow::FileReader> open_reader(const std::string& path,
                                                        const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                                        const TableScan* scan, const ColumnIndex& leaf_of_column) {
  parquet::ReaderProperties properties;
  // A row group may be as large as the file. Streaming costs a buffer per column, so wide tables are read by column
  // chunk.
  constexpr std::size_t streamed_at_most = 16;
  if (scan != nullptr && scan->values.size() <= streamed_at_most) properties.enable_buffered_stream();
  constexpr std::int64_t buffer_bytes = std::int64_t{1} << 20;
  properties.set_buffer_size(buffer_bytes);
  parquet::arrow::FileReaderBuilder builder;
  check(path, builder.Open(file, properties));
  parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_use_threads(false);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);  // nanoseconds end in 2262
  if (scan != nullptr && scan->symbol) {
    const int leaf = leaf_of_column[*scan->symbol];
    if (can_be_read_as_dictionary(path, file, leaf)) arrow_properties.set_read_dictionary(leaf, true);
  }
  std::unique_ptr<parquet::arrow::FileReader> reader;
  check(path, builder.properties(arrow_properties)->Build(&reader));
  return reader;
}

// Where the columns that a scan reads stand in the file.
std::vector<SourceRange> ranges_of(const parquet::FileMetaData& metadata, const TableScan& scan,
                                   const ColumnIndex& leaf_of_column) {
  std::vector<int> leaves;
  if (!scan.day) leaves.push_back(leaf_of_column[scan.date]);
  if (scan.symbol) leaves.push_back(leaf_of_column[*scan.symbol]);
  for (const std::size_t column : scan.values) leaves.push_back(leaf_of_column[column]);
  std::vector<SourceRange> ranges;
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const auto row_group = metadata.RowGroup(group);
    for (const int leaf : leaves) {
      const auto chunk = row_group->ColumnChunk(leaf);
      std::int64_t begin = chunk->data_page_offset();
      if (chunk->has_dictionary_page()) begin = std::min(begin, chunk->dictionary_page_offset());
      if (begin < 0 || chunk->total_compressed_size() < 0) continue;  // damaged, which the reader says
      ranges.push_back({.offset = static_cast<std::uint64_t>(begin),
                        .size = static_cast<std::uint64_t>(chunk->total_compressed_size())});
    }
  }
  return ranges;
}

using ColumnReader = std::unique_ptr<parquet::arrow::ColumnReader>;

struct KeyedBatch {
  std::vector<std::uint64_t> line;
  std::vector<std::int32_t> day;
  std::vector<std::int32_t> second;
  std::vector<SymbolId> symbol;
  std::vector<Cell> cells;
};

// One pass over the file.
class ParquetScan {
 public:
  ParquetScan(const std::string& path, const std::vector<std::string>& columns, parquet::arrow::FileReader& reader,
              const NumberFormat& numbers, const TableScan& scan, DayReader& days, SymbolTable& symbols,
              TableSink& sink)
      : path_(path),
        columns_(columns),
        numbers_(numbers),
        scan_(scan),
        sink_(sink),
        days_(days),
        symbols_(symbols),
        rows_left_(reader.parquet_reader()->metadata()->num_rows()) {
    const auto open = [&](std::size_t column) {
      ColumnReader opened;
      check(path, reader.GetColumn(static_cast<int>(column), &opened));
      return opened;
    };
    if (!scan.day) date_ = open(scan.date);
    if (scan.symbol) symbol_ = open(*scan.symbol);
    for (const std::size_t column : scan.values) values_.push_back(open(column));
    buffers_.resize(scan.values.size());
    bad_.resize(scan.values.size());
  }

  void run() {
    read_in_batches<KeyedBatch>(
        scan_.values.size(), [this](KeyedBatch& batch) { return prepare(batch); },
        [this](const KeyedBatch& batch, std::size_t column) { store(batch, column); });
  }

 private:
  std::shared_ptr<arrow::ChunkedArray> next(parquet::arrow::ColumnReader& reader, std::size_t rows) const {
    std::shared_ptr<arrow::ChunkedArray> chunks;
    check(path_, reader.NextBatch(static_cast<std::int64_t>(rows), &chunks));
    if (chunks->length() != static_cast<std::int64_t>(rows)) refuse_file(path_, "its columns differ in length");
    return chunks;
  }

  bool prepare(KeyedBatch& batch) {
    const auto rows = static_cast<std::size_t>(std::min(batch_rows, rows_left_));
    rows_left_ -= static_cast<std::int64_t>(rows);
    if (rows == 0) return false;
    batch.day.clear();
    batch.symbol.clear();
    batch.line.resize(rows);
    std::iota(batch.line.begin(), batch.line.end(), rows_done_ + 1);
    rows_done_ += rows;
    batch.cells.assign(rows, no_cell);
    unreadable_.clear();
    if (scan_.day) {
      batch.day.assign(rows, scan_.day->days);
    } else {
      days_.decode(*next(*date_, rows), batch.day, batch.second, unreadable_);
    }
    for (UnreadableKey& key : unreadable_)
      sink_.refuse(batch.line[key.row], columns_[scan_.date], std::move(key.message));
    if (symbol_) {
      unreadable_.clear();
      symbols_.decode(*next(*symbol_, rows), batch.symbol, unreadable_);
      for (UnreadableKey& key : unreadable_) {
        batch.day[key.row] = no_day;
        sink_.refuse(batch.line[key.row], columns_[*scan_.symbol], std::move(key.message));
      }
    }
    sink_.place({.line = batch.line, .day = batch.day, .symbol = batch.symbol, .second = batch.second}, batch.cells);
    return true;
  }

  void store(const KeyedBatch& batch, std::size_t k) {
    std::vector<BadCell>& bad = bad_[k];
    bad.clear();
    const std::shared_ptr<arrow::ChunkedArray> chunks = next(*values_[k], batch.cells.size());
    const std::span<const double> numbers = decode_numbers(*chunks, numbers_, buffers_[k], bad);
    std::erase_if(bad, [&](const BadCell& cell) { return batch.cells[cell.row] == no_cell; });
    sink_.store({.column = k, .line = batch.line, .cells = batch.cells, .values = numbers, .bad = bad});
  }

  const std::string& path_;
  const std::vector<std::string>& columns_;
  const NumberFormat& numbers_;
  const TableScan& scan_;
  TableSink& sink_;
  DayDecoder days_;
  SymbolDecoder symbols_;
  ColumnReader date_, symbol_;
  std::vector<ColumnReader> values_;
  std::vector<std::vector<double>> buffers_;
  std::vector<std::vector<BadCell>> bad_;
  std::vector<UnreadableKey> unreadable_;
  std::int64_t rows_left_;
  std::uint64_t rows_done_ = 0;
};

// Arrow reports most damage as a status and some as an exception.
template <typename Read>
auto reading(const std::string& path, Read&& read) {
  try {
    return read();
  } catch (const parquet::ParquetException& damage) {
    refuse_file(path, fmt::format("is not a readable Parquet file: {}", damage.what()));
  }
}

class ParquetTable final : public Table {
 public:
  ParquetTable(std::shared_ptr<const DataSource> source, const TableFormat& format) : Table(source->path(), format) {
    source_ = std::move(source);
    file_ = arrow_file(source_);
    reading(path_, [&] {
      const auto reader = open_reader(path_, file_, nullptr, {});
      for (const parquet::arrow::SchemaField& field : reader->manifest().schema_fields) {
        columns_.push_back(field.field->name());
        types_.push_back(field.field->type());
        leaf_of_column_.push_back(field.is_leaf() ? field.column_index : -1);
      }
      name_columns(pandas_index(*reader->parquet_reader()->metadata()));
    });
  }

  void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) override {
    require_fit(scan);
    reading(path_, [&] {
      const auto reader = open_reader(path_, file_, &scan, leaf_of_column_);
      source_->will_read(ranges_of(*reader->parquet_reader()->metadata(), scan, leaf_of_column_));
      ParquetScan(path_, columns_, *reader, format_.numbers, scan, days_, symbols, sink).run();
    });
  }

 private:
  std::optional<std::string> unfit_for(std::size_t column, ColumnUse use) const override {
    std::optional<std::string> why;
    switch (use) {
      case ColumnUse::dates:
        why = unfit_for_dates(*types_[column], days_);
        break;
      case ColumnUse::symbols:
        why = unfit_for_symbols(*types_[column]);
        break;
      case ColumnUse::numbers:
        why = unfit_for_numbers(*types_[column]);
        break;
    }
    if (!why && leaf_of_column_[column] < 0) why = "holds nested values";
    return why;
  }
  bool holds_dates(std::size_t column) const override {
    // Of text only an index is tried; numbers are its rows' numbers.
    switch (types_[column]->id()) {
      case arrow::Type::TIMESTAMP:
      case arrow::Type::DATE32:
      case arrow::Type::DATE64:
      case arrow::Type::STRING:
      case arrow::Type::LARGE_STRING:
        return true;
      default:
        return false;
    }
  }

  std::shared_ptr<const DataSource> source_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::vector<std::shared_ptr<arrow::DataType>> types_;
  ColumnIndex leaf_of_column_;
};

std::unique_ptr<Table> open_table_of_arrow(std::shared_ptr<const DataSource> source, const TableFormat& format) {
  return std::make_unique<ParquetTable>(std::move(source), format);
}

}  // namespace

}  // namespace backtest

const backtest::ArrowTables backtest_arrow_tables{.open_parquet = &backtest::open_table_of_arrow,
                                                  .open_zone = &backtest::open_system_zone};
