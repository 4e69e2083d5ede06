#include "data/table.hpp"

#include "data/csv_table.hpp"
#include "data/parquet_table.hpp"

namespace backtest {

std::unique_ptr<Table> open_table(SourceFile file) {
  const FileKind kind = file_kind(file.path());
  return kind == FileKind::parquet ? open_parquet_table(std::move(file)) : open_csv_table(std::move(file), kind);
}

}  // namespace backtest
