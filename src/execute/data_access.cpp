#include "execute/data_access.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/dataset_reference.hpp"
#include "base/diagnostic.hpp"
#include "base/utc_time.hpp"
#include "data/delta/delta_tables.hpp"
#include "data/delta/open_delta.hpp"
#include "data/objects/object_sources.hpp"
#include "settings/needed_storage.hpp"
#include "settings/object_location.hpp"

namespace backtest {

namespace {

// One table that a spec names.
struct NamedTable {
  std::string key;  // of the config, for messages
  DataSourceKind source = DataSourceKind::local;
  std::string path;
};

std::vector<NamedTable> tables_of(const Spec& spec) {
  const DataSection& data = spec.data;
  std::vector<NamedTable> tables = {{"data.price_path", data.price_source, data.price_path}};
  if (data.signal_path) {
    tables.push_back({"data.signal_path", data.signal_source.value_or(data.price_source), *data.signal_path});
  }
  // The others have no source of their own: the form of their path tells.
  for (const std::string& path : spec.target_paths) {
    tables.push_back({"strategy.parameters.path", DataSourceKind::automatic, path});
  }
  if (spec.benchmark && spec.benchmark->path) {
    tables.push_back({"benchmark.path", DataSourceKind::automatic, *spec.benchmark->path});
  }
  if (spec.risk_free && spec.risk_free->path) {
    tables.push_back({"metrics.risk_free.path", DataSourceKind::automatic, *spec.risk_free->path});
  }
  return tables;
}

bool is_sql(const NamedTable& table) {
  return table.source == DataSourceKind::postgres;
}

bool is_dataset(const NamedTable& table) {
  return !is_sql(table) && names_dataset(table.path);
}

// Null where the service that looked the data sets up knew none of that name, or there is none.
const DatasetPlace* dataset_of(const NamedTable& table, const std::vector<DatasetPlace>& datasets) {
  const auto found = std::ranges::find(datasets, table.path, &DatasetPlace::path);
  return found == datasets.end() ? nullptr : &*found;
}

bool is_object(const NamedTable& table) {
  if (is_dataset(table)) return false;
  switch (table.source) {
    case DataSourceKind::adls:
    case DataSourceKind::s3:
      return true;
    case DataSourceKind::automatic:
      return names_object_storage(table.path);
    case DataSourceKind::local:
    case DataSourceKind::postgres:
      return false;
  }
  return false;
}

std::optional<std::int64_t> moment_of(const std::optional<std::string>& timestamp) {
  return timestamp ? parse_utc(*timestamp) : std::nullopt;
}

// Tables whose path tells where they are.
class TablesByPath final : public TableSource {
 public:
  TablesByPath(std::shared_ptr<const TableSource> local, std::shared_ptr<const TableSource> objects,
               std::shared_ptr<const TableSource> datasets)
      : local_(std::move(local)), objects_(std::move(objects)), datasets_(std::move(datasets)) {}

  std::vector<TablePart> parts(const std::string& path, const RowsWanted& rows) const override {
    if (names_dataset(path)) return datasets_->parts(path, rows);
    return (names_object_storage(path) ? objects_ : local_)->parts(path, rows);
  }
  std::string versions_read() const override {
    return local_->versions_read() + (objects_ ? objects_->versions_read() : "") + datasets_->versions_read();
  }

 private:
  std::shared_ptr<const TableSource> local_;
  std::shared_ptr<const TableSource> objects_;  // null: no path names one
  std::shared_ptr<const TableSource> datasets_;
};

// What a load's tables are read from, made once each.
class Sources {
 public:
  Sources(const DataAccess& access, const LoadRequest& request)
      : request_(request), storage_(access.storage), datasets_(access.datasets) {
    if (access.sql) sql_ = sql_tables(*access.sql);
    if (storage_.has_account()) objects_ = object_sources(storage_);
  }

  std::shared_ptr<const TableSource> of_datasets() const { return dataset_tables(datasets_, objects_); }

  std::shared_ptr<const TableSource> of(const NamedTable& table, const DeltaMoment& moment) const {
    if (is_dataset(table)) return of_datasets();
    if (is_sql(table)) return required(sql_, table, "a database to read: BACKTEST_DATA_POSTGRES_DSN is not set");
    if (!is_object(table)) return delta_tables(request_.sources, delta_directories(), moment, request_.format);
    required(objects_, table,
             "an account of object storage: none is configured (docs/operations.md, \"Object storage\")");
    return delta_tables(objects_, delta_in_storage(storage_), moment, request_.format,
                        [objects = objects_](std::vector<std::string> paths) { objects->will_open(std::move(paths)); });
  }

 private:
  template <typename Source>
  static std::shared_ptr<const Source> required(std::shared_ptr<const Source> source, const NamedTable& table,
                                                const std::string& what) {
    if (!source) throw InvalidInput(Diagnostic{.path = table.key, .message = "'" + table.path + "' needs " + what});
    return source;
  }

  const LoadRequest& request_;
  const StorageSettings storage_;
  const std::vector<DatasetPlace> datasets_;
  std::shared_ptr<const TableSource> sql_;
  std::shared_ptr<const ObjectSources> objects_;
};

ObjectLocation location_of(const NamedTable& table, const StorageSettings& storage) {
  const auto refuse = [&](const std::string& why) {
    throw InvalidInput(Diagnostic{.path = table.key, .message = "'" + table.path + "' " + why});
  };
  const auto location = parse_object_location(table.path, storage);
  if (!location) refuse(location.error());
  if (const auto refusal = refusal_to_read(*location, storage)) refuse(*refusal);
  return *location;
}

}  // namespace

bool is_remote(const Spec& spec, const std::vector<DatasetPlace>& datasets) {
  return std::ranges::any_of(tables_of(spec), [&](const NamedTable& table) {
    if (!is_dataset(table)) return is_sql(table) || is_object(table);
    const DatasetPlace* dataset = dataset_of(table, datasets);
    return dataset != nullptr && names_object_storage(dataset->place);
  });
}

DataAccess access_needed(const Spec& spec, const DataAccess& access) {
  DataAccess needed;
  std::vector<ObjectLocation> locations;
  for (const NamedTable& table : tables_of(spec)) {
    if (is_dataset(table)) {
      const DatasetPlace* dataset = dataset_of(table, access.datasets);
      if (dataset == nullptr) {
        throw InvalidInput(Diagnostic{.path = table.key,
                                      .message = "'" + table.path +
                                                 "' names a data set, and those are read by a service that keeps it: "
                                                 "submit the run there"});
      }
      needed.datasets.push_back(*dataset);
      if (names_object_storage(dataset->place)) {
        locations.push_back(location_of({.key = table.key, .path = dataset->place}, access.storage));
      }
      continue;
    }
    if (is_sql(table)) needed.sql = access.sql;
    if (is_object(table) && access.storage.has_account()) locations.push_back(location_of(table, access.storage));
  }
  needed.storage = needed_storage(access.storage, locations);
  return needed;
}

void set_table_sources(const Spec& spec, const DataAccess& access, LoadRequest& request) {
  const DataAccess needed = access_needed(spec, access);
  const Sources sources(needed, request);
  const std::optional<std::int64_t> timestamp = moment_of(spec.data.delta_timestamp);
  const auto moment = [&](const std::optional<int>& version) -> DeltaMoment {
    if (version) return DeltaMoment(DeltaVersion{.number = static_cast<std::uint64_t>(*version)});
    return timestamp ? DeltaMoment(DeltaTime{.time = *timestamp}) : DeltaMoment(LastDeltaVersion{});
  };
  std::shared_ptr<const TableSource> others_in_storage;
  for (const NamedTable& table : tables_of(spec)) {
    if (table.key == "data.price_path") {
      request.price_tables = sources.of(table, moment(spec.data.delta_version));
    } else if (table.key == "data.signal_path") {
      request.signal_tables = sources.of(table, moment(spec.data.signal_delta_version));
    } else if (is_object(table) && !others_in_storage) {
      others_in_storage = sources.of(table, moment(std::nullopt));
    }
  }
  request.other_tables = std::make_shared<TablesByPath>(
      delta_tables(request.sources, delta_directories(), moment(std::nullopt), request.format), others_in_storage,
      sources.of_datasets());
}

}  // namespace backtest
