#include "data/time_zone.hpp"

#include <exception>
#include <utility>

#include "arrow_library/arrow_library.hpp"
#include "data/arrow_tables.hpp"

namespace backtest {

struct TimeZone::Rules {
  std::unique_ptr<const ZoneRules> zone;
};

TimeZone::TimeZone(std::string name) : name_(std::move(name)) {
  if (name_.empty() || name_ == "UTC" || name_ == "Etc/UTC" || name_ == "GMT" || name_ == "Z") return;
  if (name_.size() == 6 && (name_[0] == '+' || name_[0] == '-') && name_[3] == ':') {
    const std::int64_t minutes = std::stoi(name_.substr(1, 2)) * 60 + std::stoi(name_.substr(4, 2));
    offset_s_ = (name_[0] == '-' ? -60 : 60) * minutes;
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
