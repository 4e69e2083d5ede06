// Dates as they stand in tables -> days. One reading for CSV fields, for text in Parquet and for instants, and a record
// of the times of day that came with them, which tell whether the dates can be right.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "data/cell_text.hpp"
#include "data/table_format.hpp"
#include "data/time_zone.hpp"

namespace backtest {

struct DayTime {
  std::int32_t day = no_day;
  std::int32_t second = 0;  // of the day
};

// What a date column's times of day are.
class TimesOfDay {
 public:
  void see(DayTime time);
  bool has_times() const { return has_times_; }
  // Where every date stands at a time of day that is no midnight, and the weekdays say that the dates are wrong: they
  // are those of the day before the trading day. What to say about it, without the file's name.
  std::optional<std::string> doubt() const;

 private:
  bool has_times_ = false;
  bool has_midnights_ = false;
  bool has_too_many_ = false;          // for midnights of one zone, summer and winter
  std::vector<std::int32_t> seconds_;  // the distinct ones, at most two
  std::array<std::uint64_t, 8> on_weekday_{};
  std::uint64_t count_ = 0;  // of changes of the date
  DayTime first_;
};

class DayReader {
 public:
  // Throws InvalidInput where format.timezone is not known.
  explicit DayReader(const TableFormat& format);

  // Also 20240131, as some sources write it that name their columns <DATE>.
  void allow_compact() { is_compact_allowed_ = true; }

  // nullopt where the text is no date.
  std::optional<DayTime> read(std::string_view text);
  // Of an instant, in seconds since 1970: the date that the clocks of the run's zone, else of `zone`, show.
  DayTime of_instant(std::int64_t utc_second, const TimeZone& zone);
  // Of a time without a zone. With data.timezone it counts as UTC, but at midnight, when it is a plain date.
  DayTime of_naive(std::int64_t second);

  std::string unreadable(std::string_view text) const;
  const std::string& format() const { return format_; }

  TimesOfDay times;

 private:
  std::string format_;
  bool is_compact_allowed_ = false;
  std::unique_ptr<const TimeZone> zone_;
};

}  // namespace backtest
