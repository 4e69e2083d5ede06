// Data sets as tables: what a config names as dataset:name@version, read where its content lies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/data_source.hpp"
#include "data/table_source.hpp"

namespace backtest {

// Where the content of one version lies.
struct DatasetPlace {
  std::string path;    // of the config: dataset:name@version
  std::string place;   // a file of this machine, or an object by its URL; its name ends as that of a table
  std::string sha256;  // of the content
};

// Messages name the path of the config, never the place. `objects` may be null where no place is in object storage.
// The fingerprint has the hash of each content that was read. For one thread.
std::shared_ptr<const TableSource> dataset_tables(std::vector<DatasetPlace> places,
                                                  std::shared_ptr<const DataSources> objects);

}  // namespace backtest
