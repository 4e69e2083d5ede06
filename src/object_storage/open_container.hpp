// The container of a place, with the credentials that the settings have for its account.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "object_storage/object_storage.hpp"
#include "settings/object_location.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

// Bounds of a request with its repetitions.
struct RequestLimits {
  std::chrono::milliseconds attempt{30'000};
  std::chrono::milliseconds total{60'000};
  int attempts = 8;
};

// Sends nothing yet. `needed_by` names what asks, such as a setting or a config's key, where the library is missing.
// Throws StorageUnavailable. Whether the place may be read or written is the caller's to ask (object_location.hpp).
std::shared_ptr<ObjectContainer> open_container(const StorageSettings& settings, const ObjectLocation& location,
                                                std::string_view needed_by, const RequestLimits& limits = {});

// Requests of `container`, which was opened for `location`, are made with the credentials of `fresh` from here on.
// Throws StorageUnavailable, and leaves the container as it was, where they have none for its account.
void reopen_container(ObjectContainer& container, const StorageSettings& fresh, const ObjectLocation& location,
                      const RequestLimits& limits = {});

}  // namespace backtest
