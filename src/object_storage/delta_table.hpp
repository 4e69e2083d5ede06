// A Delta table at one version: its columns and the files that hold its rows, as its log says. The files themselves are
// Parquet, and somebody else reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "object_storage/object_storage.hpp"

namespace backtest {

struct DeltaColumn {
  std::string name;
  std::string type;           // as backtest_object_storage.h lists them: string, long, double, date, timestamp_ntz, ...
  std::string physical_name;  // in the Parquet files, in partition values and in statistics
  std::int64_t field_id = -1;  // of the Parquet schema; -1 where columns are not mapped
  bool is_nullable = true;
  bool is_partition = false;  // its value stands in the list of files, not in them
};

struct DeltaFile {
  std::string path;  // below the table's directory
  std::uint64_t size_bytes = 0;
  std::int64_t modified_at = 0;                         // microseconds since 1970
  std::map<std::string, std::string> partition_values;  // by physical name; one that is absent is null
  std::string statistics;                   // JSON: numRecords, minValues, maxValues, nullCount; empty without
  std::vector<std::uint64_t> deleted_rows;  // ascending indices of rows that count no more
};

struct DeltaTable {
  std::uint64_t version = 0;
  std::int64_t committed_at = 0;    // microseconds since 1970
  bool maps_columns_by_id = false;  // files are read by field_id, not by physical_name
  std::vector<DeltaColumn> columns;
  std::vector<DeltaFile> files;  // by path
};

// A table that cannot be read, for whoever named it in a config.
class DeltaTableFault : public std::runtime_error {
 public:
  enum class Kind {
    not_found,    // no table, or no such version
    unsupported,  // it uses a feature that the message names
    broken        // its log cannot be read
  };
  DeltaTableFault(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

struct LastDeltaVersion {};
struct DeltaVersion {
  std::uint64_t number = 0;
};
// The last version that was committed at or before that time, microseconds since 1970.
struct DeltaTime {
  std::int64_t time = 0;
};
using DeltaMoment = std::variant<LastDeltaVersion, DeltaVersion, DeltaTime>;

// The table at `path` of a container that open_container() gave. Throws DeltaTableFault and StorageUnavailable.
DeltaTable open_delta_table(const ObjectContainer& container, std::string_view path, const DeltaMoment& moment);
// The table in a directory of this machine; `needed_by` is named where the library is missing.
DeltaTable open_local_delta_table(const std::filesystem::path& directory, const DeltaMoment& moment,
                                  std::string_view needed_by);

}  // namespace backtest
