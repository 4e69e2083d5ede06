// A Parquet artifact, written one row group at a time. The bytes depend on the values alone: fixed writer settings, no
// time stamps, and threads work on whole columns that are put in order afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace backtest {

// One column of one row group. Spans live until append() returns. All columns are nullable.
struct Numbers {
  std::span<const double> values;  // NaN = null
};
struct Integers {
  std::span<const std::int64_t> values;
};
struct Flags {
  std::span<const std::uint8_t> values;  // 0 or 1
};
struct Texts {
  std::span<const std::string_view> values;  // data() == nullptr = null
};
struct CodedTexts {  // the text words[codes[i]], for columns of few words, all distinct, and many rows
  std::span<const std::string> words;
  std::span<const std::int32_t> codes;
};
struct Dates {
  std::span<const std::int32_t> values;  // days since 1970
};
struct Timestamps {
  std::span<const std::int64_t> values;  // microseconds since 1970, UTC
};
struct ParquetColumn {
  std::string_view name;
  std::variant<Numbers, Integers, Flags, Texts, CodedTexts, Dates, Timestamps> values;
};

class ParquetWriter;  // report/arrow_writer.hpp

class ParquetFile {
 public:
  // `path` must not exist; missing parent directories are created. Failures throw std::system_error naming the file.
  explicit ParquetFile(const std::filesystem::path& path);
  ~ParquetFile();
  ParquetFile(const ParquetFile&) = delete;
  ParquetFile& operator=(const ParquetFile&) = delete;

  // One row group; the first one settles the schema. Columns have equally many rows, at least one.
  void append(std::span<const ParquetColumn> columns);
  // At least one row group was appended.
  void close();

 private:
  std::unique_ptr<ParquetWriter> writer_;
};

void write_parquet(const std::filesystem::path& path, std::span<const ParquetColumn> columns);

}  // namespace backtest
