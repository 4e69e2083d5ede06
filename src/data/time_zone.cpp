#include "data/time_zone.hpp"

#include <exception>
#include <utility>

#include "arrow_library/arrow_library.hpp"
#include "base/time_zone_name.hpp"
#include "data/arrow_tables.hpp"

namespace backtest {

struct TimeZone::Rules {
  std::unique_ptr<const ZoneRules> zone;
};

TimeZone::TimeZone(std::string name) : name_(std::move(name)) {
  if (const auto offset_s = fixed_offset_s(name_)) {
    offset_s_ = *offset_s;
    return;
  }
  const auto& tables = arrow_functions<ArrowTables>("backtest_arrow_tables");
  rules_ = std::make_unique<const Rules>(Rules{tables.open_zone(name_)});
}

TimeZone::~TimeZone() = default;

std::int64_t TimeZone::local_second(std::int64_t utc_second) const {
  return rules_ ? rules_->zone->local_second(utc_second) : utc_second + offset_s_;
}

bool TimeZone::is_known(const std::string& name) {
  try {
    const TimeZone known(name);
    return true;
  } catch (const std::system_error&) {  // nobody can say
    throw;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace backtest
