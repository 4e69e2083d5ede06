#include "data/table.hpp"

#include "data/csv_table.hpp"

namespace backtest {

std::unique_ptr<Table> open_table(SourceFile file) {
  const FileKind kind = file_kind(file.path());
  if (kind == FileKind::parquet)
    throw InvalidInput(Diagnostic{.file = file.path(), .message = "Parquet is not read yet"});
  return open_csv_table(std::move(file), kind);
}

}  // namespace backtest
