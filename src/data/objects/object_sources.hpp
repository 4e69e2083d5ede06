// Objects of Azure storage and S3 as sources of bytes, behind the settings' list of places that may be read. What lies
// ahead of the reader is fetched while it works, in ranges, several at a time.
//
// Any thread may use what it gives. Throws InvalidInput for what is absent or not allowed, SourceUnavailable where the
// service does not answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/data_source.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

class ObjectSources : public DataSources {
 public:
  // Objects that will be opened soon, in that order: opening one makes the next ones come.
  virtual void will_open(std::vector<std::string> paths) const = 0;
};

std::shared_ptr<const ObjectSources> object_sources(StorageSettings settings);

}  // namespace backtest
