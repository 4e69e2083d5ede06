// What of writing Parquet is Arrow's, and lies in libbacktest_arrow.so (report/parquet).
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "report/parquet_file.hpp"

namespace backtest {

// One file: any number of row groups, then close().
class ParquetWriter {
 public:
  virtual ~ParquetWriter() = default;
  virtual void append(std::span<const ParquetColumn> columns) = 0;
  virtual void close() = 0;
};

struct ArrowWriters {
  std::unique_ptr<ParquetWriter> (*create_parquet)(const std::filesystem::path& path);
};

}  // namespace backtest

extern "C" [[gnu::visibility("default")]] const backtest::ArrowWriters backtest_arrow_writers;
