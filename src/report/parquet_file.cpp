#include "report/parquet_file.hpp"

#include "arrow_library/arrow_library.hpp"
#include "report/arrow_writer.hpp"

namespace backtest {

ParquetFile::ParquetFile(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  writer_ = arrow_functions<ArrowWriters>("backtest_arrow_writers").create_parquet(path);
}

ParquetFile::~ParquetFile() = default;

void ParquetFile::append(std::span<const ParquetColumn> columns) {
  writer_->append(columns);
}

void ParquetFile::close() {
  writer_->close();
}

void write_parquet(const std::filesystem::path& path, std::span<const ParquetColumn> columns) {
  ParquetFile file(path);
  file.append(columns);
  file.close();
}

}  // namespace backtest
