// Delta tables among files, local or in object storage: a path that has a Delta log is read as its log says, any other
// as the files that it names.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/data_source.hpp"
#include "data/table_format.hpp"
#include "data/table_source.hpp"
#include "object_storage/delta_table.hpp"

namespace backtest {

// Opens the table at a path of the config. Throws InvalidInput with the reason, or SourceUnavailable.
using OpenDeltaTable = std::function<DeltaTable(const std::string& path, const DeltaMoment& moment)>;

// Told which files are opened soon, in their order.
using WillOpen = std::function<void(std::vector<std::string> paths)>;

// `files` opens the files of tables and those that are none's. Each table is read at one version as long as the source
// lives. `will_open` may be unset. For one thread.
std::shared_ptr<const TableSource> delta_tables(std::shared_ptr<const DataSources> files, OpenDeltaTable open,
                                                DeltaMoment moment, TableFormat format, WillOpen will_open = {});

}  // namespace backtest
