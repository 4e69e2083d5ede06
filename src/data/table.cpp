#include "data/table.hpp"

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/column_lookup.hpp"
#include "data/csv_table.hpp"
#include "data/parquet_table.hpp"

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

std::optional<std::size_t> Table::column(std::string_view name) const {
  return find_column(names_.names, name);
}

std::optional<std::size_t> Table::date_column() const {
  if (const auto named = find_date_column(names_.names)) return named;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if ((names_.is_index[i] || may_be_index_name(columns_[i])) && holds_dates(i)) return i;
  }
  return std::nullopt;
}

void Table::name_columns(const std::vector<std::string>& index_columns) {
  names_ = table_names(columns_, index_columns, format_);
  if (names_.has_bracketed_names) days_.allow_compact();
}

bool is_table_name(std::string_view path) {
  return file_kind(path) != FileKind::unknown;
}

std::unique_ptr<Table> open_table(std::shared_ptr<const DataSource> source, const TableFormat& format) {
  switch (file_kind(source->path())) {
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
