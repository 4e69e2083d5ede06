#include <arrow/array.h>
#include <arrow/chunked_array.h>
#include <arrow/util/future.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>

#include "arrow_file/range_file.hpp"
#include "artifact_table/arrow_artifacts.hpp"
#include "base/date.hpp"

namespace backtest {

namespace {

constexpr std::int64_t batch_rows = 2048;
constexpr std::int64_t buffer_bytes = 64 << 10;
constexpr std::int64_t seconds_per_day = 86'400;

[[noreturn]] void broken(const std::string& reason) {
  throw std::runtime_error("a Parquet artifact cannot be read: " + reason);
}

void check(const arrow::Status& status) {
  if (!status.ok()) broken(status.message());
}

// An artifact as a file of Arrow: each read opens the range it wants, as object storage would have it.
class ArtifactFile final : public RangeFile {
 public:
  explicit ArtifactFile(OpenArtifact open) : open_(std::move(open)), size_(open_({})->size()) {}

  arrow::Result<std::int64_t> GetSize() override { return static_cast<std::int64_t>(size_); }

 private:
  arrow::Result<std::int64_t> read_range(std::uint64_t position, std::span<char> buffer) override {
    const std::uint64_t begin = std::min(position, size_), end = std::min(position + buffer.size(), size_);
    buffer = buffer.first(static_cast<std::size_t>(end - begin));
    const auto reader = open_({.begin = begin, .end = end});
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const std::size_t got = reader->read(buffer.data() + filled, buffer.size() - filled);
      if (got == 0) break;
      filled += got;
    }
    return static_cast<std::int64_t>(filled);
  }

  const OpenArtifact open_;
  const std::uint64_t size_;
};

std::string day_text(std::int64_t day) {
  return to_text(Date{static_cast<std::int32_t>(day)});
}

std::int64_t units_per_day(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return seconds_per_day;
    case arrow::TimeUnit::MILLI:
      return seconds_per_day * 1'000;
    case arrow::TimeUnit::MICRO:
      return seconds_per_day * 1'000'000;
    case arrow::TimeUnit::NANO:
      return seconds_per_day * 1'000'000'000;
  }
  return 1;
}

// One column of the rows under way.
class Column {
 public:
  Column(parquet::arrow::FileReader& file, int leaf) { check(file.GetColumn(leaf, &reader_)); }

  void read(std::int64_t rows) {
    check(reader_->NextBatch(rows, &chunks_));
    if (chunks_->length() != rows) broken("its columns differ in length");
    chunk_ = 0;
    in_chunk_ = -1;
  }
  void advance() {
    for (++in_chunk_; in_chunk_ >= chunks_->chunk(chunk_)->length(); in_chunk_ = 0) ++chunk_;
  }

  double number() const {
    const arrow::Array& values = *chunks_->chunk(chunk_);
    const double missing = std::numeric_limits<double>::quiet_NaN();
    if (values.IsNull(in_chunk_)) return missing;
    switch (values.type_id()) {
      case arrow::Type::DOUBLE:
        return static_cast<const arrow::DoubleArray&>(values).Value(in_chunk_);
      case arrow::Type::FLOAT:
        return static_cast<const arrow::FloatArray&>(values).Value(in_chunk_);
      case arrow::Type::INT64:
        return static_cast<double>(static_cast<const arrow::Int64Array&>(values).Value(in_chunk_));
      case arrow::Type::INT32:
        return static_cast<const arrow::Int32Array&>(values).Value(in_chunk_);
      case arrow::Type::BOOL:
        return static_cast<const arrow::BooleanArray&>(values).Value(in_chunk_) ? 1.0 : 0.0;
      default:
        return missing;
    }
  }

  std::string_view text() { return text_of(*chunks_->chunk(chunk_), in_chunk_); }

 private:
  std::string_view text_of(const arrow::Array& values, std::int64_t at) {
    if (values.IsNull(at)) return {};
    switch (values.type_id()) {
      case arrow::Type::STRING:
        return static_cast<const arrow::StringArray&>(values).GetView(at);
      case arrow::Type::LARGE_STRING:
        return static_cast<const arrow::LargeStringArray&>(values).GetView(at);
      case arrow::Type::DICTIONARY: {
        const auto& coded = static_cast<const arrow::DictionaryArray&>(values);
        return text_of(*coded.dictionary(), coded.GetValueIndex(at));
      }
      case arrow::Type::DATE32:
        made_ = day_text(static_cast<const arrow::Date32Array&>(values).Value(at));
        return made_;
      case arrow::Type::TIMESTAMP: {
        const std::int64_t units = units_per_day(static_cast<const arrow::TimestampType&>(*values.type()).unit());
        const std::int64_t instant = static_cast<const arrow::TimestampArray&>(values).Value(at);
        made_ = day_text((instant - (instant < 0 ? units - 1 : 0)) / units);
        return made_;
      }
      default:
        return {};
    }
  }

  std::unique_ptr<parquet::arrow::ColumnReader> reader_;
  std::shared_ptr<arrow::ChunkedArray> chunks_;
  std::string made_;
  int chunk_ = 0;
  std::int64_t in_chunk_ = -1;
};

class ParquetArtifact final : public ArtifactTable {
 public:
  ParquetArtifact(OpenArtifact open, const std::vector<std::string_view>& names) {
    parquet::ReaderProperties properties;
    properties.enable_buffered_stream();  // a row group is as large as the file
    properties.set_buffer_size(buffer_bytes);
    parquet::arrow::FileReaderBuilder builder;
    check(builder.Open(std::make_shared<ArtifactFile>(std::move(open)), properties));
    parquet::ArrowReaderProperties arrow_properties;
    arrow_properties.set_use_threads(false);
    arrow_properties.set_pre_buffer(false);
    check(builder.properties(arrow_properties)->Build(&file_));
    const auto& metadata = *file_->parquet_reader()->metadata();
    left_ = metadata.num_rows();
    for (const std::string_view name : names) {
      const int leaf = metadata.schema()->ColumnIndex(std::string(name));
      columns_.push_back(leaf < 0 ? nullptr : std::make_unique<Column>(*file_, leaf));
    }
  }

  bool next() override {
    if (in_batch_ == 0) {
      in_batch_ = std::min(left_, batch_rows);
      if (in_batch_ == 0) return false;
      for (const auto& column : columns_) {
        if (column) column->read(in_batch_);
      }
      left_ -= in_batch_;
    }
    --in_batch_;
    for (const auto& column : columns_) {
      if (column) column->advance();
    }
    return true;
  }
  std::string_view text(std::size_t column) override {
    return columns_[column] ? columns_[column]->text() : std::string_view();
  }
  double number(std::size_t column) override {
    return columns_[column] ? columns_[column]->number() : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::int64_t left_ = 0;      // rows that no batch had yet
  std::int64_t in_batch_ = 0;  // rows of the batch that next() has not given yet
};

std::unique_ptr<ArtifactTable> open_artifact(OpenArtifact open, const std::vector<std::string_view>& columns) {
  try {
    return std::make_unique<ParquetArtifact>(std::move(open), columns);
  } catch (const parquet::ParquetException& error) {
    broken(error.what());
  }
}

}  // namespace

}  // namespace backtest

const backtest::ArrowArtifacts backtest_arrow_artifacts{.open_parquet = &backtest::open_artifact};
