// Dates as they stand in tables -> days. One reading for CSV fields, for text in Parquet and for instants, and a record
// of the times of day that came with them, which tell whether the dates can be right.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "data/cell_text.hpp"
#include "data/table_format.hpp"
#include "data/time_zone.hpp"

namespace backtest {

struct DayTime {
  std::int32_t day = no_day;
  std::int32_t second = 0;  // of the day
  bool is_local = false;    // as clocks of a place show it, not those of UTC
};

// What a date column's times of day are.
class TimesOfDay {
 public:
  // Of dates that clocks of data.timezone show, or, where it is empty, as they are written.
  explicit TimesOfDay(std::string timezone) : timezone_(std::move(timezone)) {}
  void see(DayTime time);
  bool has_times() const { return has_times_; }
  // Where dates stand at what UTC shows at midnights of another zone, in winter and in summer, and the weekdays say
  // that the dates are wrong: they are those of the day before the trading day. The same where data.timezone made such
  // times of UTC's midnights. What to say about it, without the file's name.
  std::optional<std::string> doubt() const;

 private:
  bool falls_before_trading_days() const;
  bool are_apart_as_summer_is() const;

  std::string timezone_;
  bool has_times_ = false;
  bool has_local_ = false;
  bool has_too_many_ = false;          // for midnights of one zone, summer and winter
  std::vector<std::int32_t> seconds_;  // the distinct ones, at most two; midnight is the end of its day before
  // Of changes of the date, those at midnight left out: their dates may be right.
  std::array<std::uint64_t, 8> on_weekday_{};
  DayTime first_;
};

class DayReader {
 public:
  TimesOfDay times;

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

 private:
  std::string format_;
  bool is_compact_allowed_ = false;
  std::unique_ptr<const TimeZone> zone_;
};

}  // namespace backtest
