#include "object_storage/delta_table.hpp"

#include <memory>
#include <span>

#include "base/assertion.hpp"
#include "object_storage/remote_container.hpp"
#include "object_storage/storage_library.hpp"

namespace backtest {

namespace {

std::string text_of(backtest_text text) {
  return std::string(as_view(text));
}

DeltaColumn column_of(const backtest_table_column& column) {
  return {.name = text_of(column.name),
          .type = text_of(column.type),
          .physical_name = text_of(column.physical_name),
          .field_id = column.field_id,
          .is_nullable = column.is_nullable != 0,
          .is_partition = column.is_partition != 0};
}

DeltaFile file_of(const backtest_table_file& file) {
  DeltaFile result{.path = text_of(file.path),
                   .size_bytes = file.size_bytes,
                   .modified_at = file.modified_at,
                   .partition_values = {},
                   .statistics = text_of(file.statistics),
                   .deleted_rows = {file.deleted_rows, file.deleted_rows + file.deleted_row_count}};
  for (const backtest_partition_value& value : std::span(file.partition_values, file.partition_count)) {
    result.partition_values.emplace(text_of(value.physical_name), text_of(value.value));
  }
  return result;
}

DeltaTable table_of(const backtest_table& table) {
  DeltaTable result{.version = table.version,
                    .committed_at = table.committed_at,
                    .maps_columns_by_id = table.maps_columns_by_id != 0,
                    .columns = {},
                    .files = {}};
  for (const backtest_table_column& column : std::span(table.columns, table.column_count)) {
    result.columns.push_back(column_of(column));
  }
  result.files.reserve(table.file_count);
  for (const backtest_table_file& file : std::span(table.files, table.file_count)) {
    result.files.push_back(file_of(file));
  }
  return result;
}

void check(const backtest_reply& reply, const std::string& place) {
  const std::string text = place + ": " + text_of(reply.message);
  switch (reply.code) {
    case BACKTEST_STORAGE_OK:
      return;
    case BACKTEST_STORAGE_NOT_FOUND:
      throw DeltaTableFault(DeltaTableFault::Kind::not_found, text);
    case BACKTEST_STORAGE_UNSUPPORTED:
      throw DeltaTableFault(DeltaTableFault::Kind::unsupported, text);
    case BACKTEST_STORAGE_INVALID:
      throw DeltaTableFault(DeltaTableFault::Kind::broken, text);
    default:
      throw StorageUnavailable(text);
  }
}

DeltaTable open(const StorageLibrary& library, const backtest_container* container, const std::string& location,
                const DeltaMoment& moment, const std::string& place) {
  std::int32_t kind = BACKTEST_TABLE_LAST;
  std::int64_t number = 0;
  if (const auto* version = std::get_if<DeltaVersion>(&moment)) {
    kind = BACKTEST_TABLE_VERSION;
    number = static_cast<std::int64_t>(version->number);
  } else if (const auto* time = std::get_if<DeltaTime>(&moment)) {
    kind = BACKTEST_TABLE_TIME;
    number = time->time;
  }
  backtest_table* opened = nullptr;
  const StorageReply reply(library.open_table(container, as_c(location), kind, number, &opened), {&library});
  check(*reply, place);
  const std::unique_ptr<backtest_table, decltype(library.free_table)> table(opened, library.free_table);
  return table_of(*table);
}

}  // namespace

DeltaTable open_delta_table(const ObjectContainer& container, std::string_view path, const DeltaMoment& moment) {
  const std::string location(path);
  return open(storage_library("a Delta table"), remote_handle(container).get(), location, moment,
              container.address() + "/" + location);
}

DeltaTable open_local_delta_table(const std::filesystem::path& directory, const DeltaMoment& moment,
                                  std::string_view needed_by) {
  return open(storage_library(needed_by), nullptr, directory.string(), moment, directory.string());
}

}  // namespace backtest
