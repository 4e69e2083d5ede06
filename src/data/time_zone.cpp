// As the library is built: its zones come from the system.
#define USE_OS_TZDB 1

#include "data/time_zone.hpp"

#include <arrow/vendored/datetime.h>

#include <chrono>
#include <exception>
#include <utility>

namespace backtest {

struct TimeZone::Rules {
  const arrow_vendored::date::time_zone* zone;
};

TimeZone::TimeZone(std::string name) : name_(std::move(name)) {
  if (name_.empty() || name_ == "UTC" || name_ == "Etc/UTC" || name_ == "GMT" || name_ == "Z") return;
  if (name_.size() == 6 && (name_[0] == '+' || name_[0] == '-') && name_[3] == ':') {
    const std::int64_t minutes = std::stoi(name_.substr(1, 2)) * 60 + std::stoi(name_.substr(4, 2));
    offset_s_ = (name_[0] == '-' ? -60 : 60) * minutes;
    return;
  }
  rules_ = std::make_unique<const Rules>(Rules{arrow_vendored::date::locate_zone(name_)});
}

TimeZone::~TimeZone() = default;

std::int64_t TimeZone::local_second(std::int64_t utc_second) const {
  if (!rules_) return utc_second + offset_s_;
  return rules_->zone->to_local(arrow_vendored::date::sys_seconds(std::chrono::seconds(utc_second)))
      .time_since_epoch()
      .count();
}

bool TimeZone::is_known(const std::string& name) {
  try {
    const TimeZone known(name);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace backtest
