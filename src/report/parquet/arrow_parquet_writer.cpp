#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cerrno>
#include <cmath>
#include <new>
#include <set>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "base/assertion.hpp"
#include "report/arrow_writer.hpp"

namespace backtest {

namespace {

[[noreturn]] void fail(const arrow::Status& status, const std::string& name) {
  if (status.IsOutOfMemory()) throw std::bad_alloc();
  const std::string what = "cannot write " + name + ": " + status.message();
  if (status.IsIOError()) throw std::system_error(EIO, std::generic_category(), what);
  throw std::runtime_error(what);
}

std::shared_ptr<arrow::Buffer> wrap(const void* data, std::size_t bytes) {
  return std::make_shared<arrow::Buffer>(static_cast<const std::uint8_t*>(data), static_cast<std::int64_t>(bytes));
}

template <typename T>
std::shared_ptr<arrow::ArrayData> fixed_width(const std::shared_ptr<arrow::DataType>& type, std::span<const T> values,
                                              std::shared_ptr<arrow::Buffer> validity = nullptr,
                                              std::int64_t null_count = 0) {
  return arrow::ArrayData::Make(type, static_cast<std::int64_t>(values.size()),
                                {std::move(validity), wrap(values.data(), values.size_bytes())}, null_count);
}

// One bit a value, little end first.
template <typename Predicate>
std::string bitmap(std::size_t count, Predicate set) {
  std::string bits((count + 7) / 8, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    bits[i / 8] = static_cast<char>(bits[i / 8] | static_cast<int>(set(i)) << (i % 8));
  }
  return bits;
}

std::int64_t count_missing(std::span<const double> values) {
  std::int64_t count = 0;
  for (const double value : values) count += std::isnan(value) ? 1 : 0;
  return count;
}

std::shared_ptr<arrow::Array> array_of(const Numbers& column) {
  const std::int64_t nulls = count_missing(column.values);
  std::shared_ptr<arrow::Buffer> validity;
  if (nulls > 0) {
    validity = arrow::Buffer::FromString(
        bitmap(column.values.size(), [&](std::size_t i) { return !std::isnan(column.values[i]); }));
  }
  return arrow::MakeArray(fixed_width(arrow::float64(), column.values, validity, nulls));
}

std::shared_ptr<arrow::Array> array_of(const Integers& column) {
  return arrow::MakeArray(fixed_width(arrow::int64(), column.values));
}

std::shared_ptr<arrow::Array> array_of(const Flags& column) {
  auto bits =
      arrow::Buffer::FromString(bitmap(column.values.size(), [&](std::size_t i) { return column.values[i] != 0; }));
  return std::make_shared<arrow::BooleanArray>(static_cast<std::int64_t>(column.values.size()), std::move(bits));
}

std::shared_ptr<arrow::Array> array_of(const Texts& column) {
  std::string bytes;
  std::vector<std::int32_t> offsets{0};
  std::int64_t nulls = 0;
  offsets.reserve(column.values.size() + 1);
  for (const std::string_view value : column.values) {
    bytes += value;
    nulls += value.data() == nullptr ? 1 : 0;
    offsets.push_back(static_cast<std::int32_t>(bytes.size()));
  }
  BACKTEST_ASSERT(bytes.size() < std::size_t{1} << 31, "a text column of one row group fits 32-bit offsets");
  std::shared_ptr<arrow::Buffer> validity;
  if (nulls > 0) {
    validity = arrow::Buffer::FromString(
        bitmap(column.values.size(), [&](std::size_t i) { return column.values[i].data() != nullptr; }));
  }
  return std::make_shared<arrow::StringArray>(static_cast<std::int64_t>(column.values.size()),
                                              arrow::Buffer::FromVector(std::move(offsets)),
                                              arrow::Buffer::FromString(std::move(bytes)), validity, nulls);
}

std::shared_ptr<arrow::Array> array_of(const CodedTexts& column) {
  const std::vector<std::string_view> words(column.words.begin(), column.words.end());
  BACKTEST_ASSERT(std::set(words.begin(), words.end()).size() == words.size(),
                  "words are distinct: of a dictionary with repeats Arrow writes pages with memory it never set");
  const auto codes = arrow::MakeArray(fixed_width(arrow::int32(), column.codes));
  return std::make_shared<arrow::DictionaryArray>(arrow::dictionary(arrow::int32(), arrow::utf8()), codes,
                                                  array_of(Texts{words}));
}

std::shared_ptr<arrow::Array> array_of(const Dates& column) {
  return arrow::MakeArray(fixed_width(arrow::date32(), column.values));
}

std::shared_ptr<arrow::Array> array_of(const Timestamps& column) {
  return arrow::MakeArray(fixed_width(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), column.values));
}

constexpr std::int64_t few_rows = 64;                // not worth a compressor's memory for each column
constexpr std::int64_t rows_worth_a_thread = 8'192;  // nor, up to here, the threads that share the columns

// Doubles are stored as they are: a dictionary of them would hash each one to save little. Statistics are kept where a
// reader prunes by them: days and whole numbers.
std::shared_ptr<parquet::WriterProperties> writer_properties(std::span<const ParquetColumn> columns,
                                                             std::int64_t rows) {
  parquet::WriterProperties::Builder builder;
  builder.compression(rows <= few_rows ? arrow::Compression::UNCOMPRESSED : arrow::Compression::ZSTD);
  builder.disable_dictionary()->disable_statistics();
  builder.set_size_statistics_level(parquet::SizeStatisticsLevel::None);
  builder.write_batch_size(std::int64_t{1} << 16)->max_row_group_length(std::int64_t{1} << 40);
  for (const ParquetColumn& column : columns) {
    const std::string name(column.name);
    const bool is_day = std::holds_alternative<Dates>(column.values);
    if (is_day || std::holds_alternative<CodedTexts>(column.values)) builder.enable_dictionary(name);
    if (is_day || std::holds_alternative<Integers>(column.values)) builder.enable_statistics(name);
  }
  return builder.build();
}

class ArrowParquetWriter final : public ParquetWriter {
 public:
  explicit ArrowParquetWriter(const std::filesystem::path& path) : name_(path.filename().string()) {
    auto stream = arrow::io::FileOutputStream::Open(path.string());
    check(stream.status());
    stream_ = *stream;
  }

  void append(std::span<const ParquetColumn> columns) override {
    arrow::ArrayVector arrays;
    arrow::FieldVector fields;
    for (const ParquetColumn& column : columns) {
      arrays.push_back(std::visit([](const auto& values) { return array_of(values); }, column.values));
      fields.push_back(arrow::field(std::string(column.name), arrays.back()->type()));
    }
    if (!file_) open(columns, fields, arrays.front()->length());
    const auto batch = arrow::RecordBatch::Make(schema_, arrays.front()->length(), arrays);
    check(file_->NewBufferedRowGroup());
    check(file_->WriteRecordBatch(*batch));
  }

  void close() override {
    BACKTEST_ASSERT(file_ != nullptr, "a Parquet artifact has at least one row group");
    check(file_->Close());
    check(stream_->Close());
  }

 private:
  void check(const arrow::Status& status) const {
    if (!status.ok()) fail(status, name_);
  }

  void open(std::span<const ParquetColumn> columns, const arrow::FieldVector& fields, std::int64_t rows) {
    schema_ = arrow::schema(fields);
    const auto arrow_properties =
        parquet::ArrowWriterProperties::Builder().set_use_threads(rows >= rows_worth_a_thread)->build();
    auto opened = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_,
                                                   writer_properties(columns, rows), arrow_properties);
    check(opened.status());
    file_ = std::move(*opened);
  }

  std::string name_;
  std::shared_ptr<arrow::io::FileOutputStream> stream_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> file_;
};

std::unique_ptr<ParquetWriter> create_writer(const std::filesystem::path& path) {
  return std::make_unique<ArrowParquetWriter>(path);
}

}  // namespace

}  // namespace backtest

const backtest::ArrowWriters backtest_arrow_writers{.create_parquet = &backtest::create_writer};
