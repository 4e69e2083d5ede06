// The clocks of a time zone: UTC, an offset like +09:00, or a name of the system's zone database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace backtest {

class TimeZone {
 public:
  // Throws std::exception for a zone that this system does not know.
  explicit TimeZone(std::string name);
  ~TimeZone();

  const std::string& name() const { return name_; }
  // Seconds since 1970 as these clocks show them.
  std::int64_t local_second(std::int64_t utc_second) const;

  static bool is_known(const std::string& name);

 private:
  struct Rules;
  std::string name_;
  std::int64_t offset_s_ = 0;
  std::unique_ptr<const Rules> rules_;
};

}  // namespace backtest
