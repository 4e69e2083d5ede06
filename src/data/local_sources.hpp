// Files of this machine as sources, behind the caller's access check (SEC-4).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "data/data_source.hpp"

namespace backtest {

// Opens a file or a directory for reading and returns its descriptor, or -1 with errno, after whatever checks the
// caller owes.
using OpenFile = std::function<int(const std::string& path)>;

// `open_file` unset: open(2), paths relative to the working directory.
std::shared_ptr<const DataSources> local_sources(OpenFile open_file = {});

}  // namespace backtest
