#include "data/delta/open_delta.hpp"

#include <utility>

#include "base/diagnostic.hpp"
#include "data/refuse_file.hpp"
#include "object_storage/open_container.hpp"
#include "settings/object_location.hpp"

namespace backtest {

namespace {

template <typename Open>
DeltaTable opened(const std::string& path, Open&& open) {
  try {
    return open();
  } catch (const DeltaTableFault& fault) {
    refuse_file(path, fault.what());
  } catch (const StorageUnavailable& failure) {
    throw SourceUnavailable(path, advice_on_object_storage, failure.what());
  }
}

}  // namespace

OpenDeltaTable delta_directories() {
  return [](const std::string& path, const DeltaMoment& moment) {
    return opened(path, [&] { return open_local_delta_table(path, moment, "the Delta table " + path); });
  };
}

OpenDeltaTable delta_in_storage(StorageSettings settings) {
  return [settings = std::move(settings)](const std::string& path, const DeltaMoment& moment) {
    const auto location = parse_object_location(path, settings);
    if (!location) refuse_file(path, location.error());
    if (const auto refusal = refusal_to_read(*location, settings)) refuse_file(path, *refusal);
    return opened(path, [&] {
      const std::shared_ptr<ObjectContainer> container = open_container(settings, *location, "the Delta table " + path);
      return open_delta_table(*container, location->path, moment);
    });
  };
}

}  // namespace backtest
