// Where a process may read market data from, beside files: what it needs to get in, and what of it is allowed.
#pragma once

#include <optional>
#include <vector>

#include "data/load.hpp"
#include "data/postgres/sql_tables.hpp"
#include "execute/dataset_tables.hpp"
#include "settings/storage_settings.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct DataAccess {
  std::optional<SqlAccess> sql;        // unset: no database
  StorageSettings storage;             // without an account: no object storage
  std::vector<DatasetPlace> datasets;  // those that the spec names, as the service looked them up
};

// The part of `access` that the spec's tables need: no account that they do not name, and of each the one credential
// that opens it. Throws InvalidInput where a table is in no place that may be read.
DataAccess access_needed(const Spec& spec, const DataAccess& access);
// Whether some table is read over a network.
bool is_remote(const Spec& spec, const std::vector<DatasetPlace>& datasets = {});

// Sets the request's sources of tables. Throws InvalidInput where the spec needs one that `access` lacks.
void set_table_sources(const Spec& spec, const DataAccess& access, LoadRequest& request);

}  // namespace backtest
