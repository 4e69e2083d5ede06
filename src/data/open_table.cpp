#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/csv_table.hpp"
#include "data/parquet_table.hpp"
#include "data/table.hpp"

namespace backtest {

namespace {

enum class FileKind { csv, csv_gzip, parquet, unknown };

FileKind file_kind(std::string_view path) {
  const std::string lower = lower_case(path);
  if (lower.ends_with(".csv")) return FileKind::csv;
  if (lower.ends_with(".csv.gz")) return FileKind::csv_gzip;
  if (lower.ends_with(".parquet") || lower.ends_with(".pq")) return FileKind::parquet;
  return FileKind::unknown;
}

}  // namespace

bool is_table_name(std::string_view path) {
  return file_kind(path) != FileKind::unknown;
}

std::unique_ptr<Table> open_table(std::shared_ptr<const DataSource> source, const TableFormat& format) {
  const std::string path = source->path();
  return open_table_named(path, std::move(source), format);
}

std::unique_ptr<Table> open_table_named(std::string_view name, std::shared_ptr<const DataSource> source,
                                        const TableFormat& format) {
  switch (file_kind(name)) {
    case FileKind::csv:
      return open_csv_table(std::move(source), Compression::none, format);
    case FileKind::csv_gzip:
      return open_csv_table(std::move(source), Compression::gzip, format);
    case FileKind::parquet:
      return open_parquet_table(std::move(source), format);
    case FileKind::unknown:
      break;
  }
  throw InvalidInput(
      Diagnostic{.file = source->path(),
                 .message = "the kind of file is not known by its name; use .csv, .csv.gz, .parquet or .pq"});
}

}  // namespace backtest
