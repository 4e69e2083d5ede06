// An ObjectContainer over the object storage library.
#pragma once

#include <backtest_object_storage.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

// Names and values as backtest_object_storage.h lists them.
using ContainerOptions = std::vector<std::pair<std::string, Secret>>;

// Sends nothing. `needed_by` is named where the library is missing. Throws StorageUnavailable.
std::shared_ptr<ObjectContainer> open_remote_container(std::string address, std::string name,
                                                       const ContainerOptions& options, std::string_view needed_by);

// Requests that begin from here on are made with `options`; those under way end with the former. Throws
// StorageUnavailable, and leaves the container as it was.
void reopen_remote_container(ObjectContainer& container, const ContainerOptions& options);

// The library's own handle of a container that open_remote_container() gave.
std::shared_ptr<const backtest_container> remote_handle(const ObjectContainer& container);

}  // namespace backtest
