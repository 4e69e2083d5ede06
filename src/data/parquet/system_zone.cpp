// As the library is built: its zones come from the system.
#define USE_OS_TZDB 1

#include "data/parquet/system_zone.hpp"

#include <arrow/vendored/datetime.h>

#include <chrono>

namespace backtest {

namespace {

class SystemZone final : public ZoneRules {
 public:
  explicit SystemZone(const std::string& name) : zone_(arrow_vendored::date::locate_zone(name)) {}

  std::int64_t local_second(std::int64_t utc_second) const override {
    return zone_->to_local(arrow_vendored::date::sys_seconds(std::chrono::seconds(utc_second)))
        .time_since_epoch()
        .count();
  }

 private:
  const arrow_vendored::date::time_zone* zone_;
};

}  // namespace

std::unique_ptr<const ZoneRules> open_system_zone(const std::string& name) {
  return std::make_unique<const SystemZone>(name);
}

}  // namespace backtest
