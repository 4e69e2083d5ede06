// Which dates with times of day look like midnights of another zone.
#include "data/day_reader.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace backtest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t seconds_a_day = 86'400;

using Weekdays = std::set<int>;  // 1 is Monday
const Weekdays working_week = {1, 2, 3, 4, 5};
const Weekdays sunday_to_thursday = {7, 1, 2, 3, 4};
const Weekdays all_week = {1, 2, 3, 4, 5, 6, 7};

// The days of the first half of 2024 that are `weekdays` on the clocks of `zone`, whose midnights are written in UTC.
std::string doubt_of_midnights(const char* zone, const Weekdays& weekdays, const TableFormat& format = {}) {
  DayReader reader(format);
  const TimeZone clocks(zone);
  for (Date day = make_date(2024, 1, 2); day < make_date(2024, 6, 28); ++day.days) {
    if (!weekdays.contains(calendar_fields(day).weekday)) continue;
    std::int64_t instant = day.days * seconds_a_day;
    instant -= clocks.local_second(instant) - instant;
    const Date written{static_cast<std::int32_t>(instant / seconds_a_day)};
    const std::int64_t second = instant % seconds_a_day;
    reader.times.see(
        reader.read(fmt::format("{}T{:02}:{:02}:00Z", to_text(written), second / 3600, second / 60 % 60)).value());
  }
  return reader.times.doubt().value_or("");
}

// The same where each day is written with this time behind it.
std::string doubt_of(const std::string& time, const Weekdays& weekdays, const TableFormat& format = {}) {
  DayReader reader(format);
  for (Date day = make_date(2024, 1, 2); day < make_date(2024, 6, 28); ++day.days) {
    if (weekdays.contains(calendar_fields(day).weekday)) reader.times.see(reader.read(to_text(day) + time).value());
  }
  return reader.times.doubt().value_or("");
}

TEST(ShiftedMidnights, AreNoticedInWinterAndSummer) {
  EXPECT_THAT(doubt_of_midnights("Europe/Paris", working_week),
              HasSubstr("at 22:00 or 23:00 o'clock, 25 of them on a Sunday"));
  EXPECT_THAT(doubt_of_midnights("Asia/Tokyo", working_week), HasSubstr("at 15:00 o'clock"));
  // On winter's midnights the dates are right, on summer's they are those of the day before.
  for (const char* zone : {"Europe/London", "Europe/Lisbon"}) {
    EXPECT_THAT(doubt_of_midnights(zone, working_week), HasSubstr("at 00:00 or 23:00 o'clock, 13 of them on a Sunday"));
  }
  EXPECT_EQ(doubt_of_midnights("America/New_York", working_week), "");
}

TEST(ShiftedMidnights, OfOtherCalendarsNameTheirWeekdays) {
  EXPECT_THAT(doubt_of_midnights("Europe/Paris", {7}), HasSubstr("25 of them on a Saturday,"));
  EXPECT_THAT(doubt_of_midnights("Asia/Jerusalem", sunday_to_thursday),
              HasSubstr("50 of them on a Saturday or Sunday,"));
}

TEST(ShiftedMidnights, AreNoTimesOfClosing) {
  EXPECT_EQ(doubt_of(" 23:59:59", all_week), "");
  EXPECT_EQ(doubt_of("T16:00:00Z", all_week), "");
  EXPECT_EQ(doubt_of("T17:25:00+02:00", sunday_to_thursday), "");
  EXPECT_EQ(doubt_of("T17:25:00", sunday_to_thursday), "");
  EXPECT_EQ(doubt_of("T15:00:00+03:00", sunday_to_thursday), "");
  TableFormat riyadh;
  riyadh.timezone = "Asia/Riyadh";
  EXPECT_EQ(doubt_of("T15:00:00+03:00", sunday_to_thursday, riyadh), "");
  EXPECT_EQ(doubt_of("T16:00:00-05:00", working_week), "");
}

TEST(ShiftedMidnights, ThatDataTimezoneMadeHaveAnotherRemedy) {
  TableFormat new_york;
  new_york.timezone = "America/New_York";
  EXPECT_THAT(doubt_of("T00:00:00Z", working_week, new_york),
              HasSubstr("data.timezone (America/New_York) has moved midnights to the day before"));
  EXPECT_THAT(doubt_of("T00:00:00Z", working_week, new_york), Not(HasSubstr("such as Europe/Paris")));
  EXPECT_EQ(doubt_of("T00:00:00Z", working_week), "");
}

}  // namespace
}  // namespace backtest
