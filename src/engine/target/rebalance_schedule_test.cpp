#include "engine/target/rebalance_schedule.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace backtest {
namespace {

struct Case {
  const char* rule;
  Schedule schedule;
  std::vector<const char*> bars;
  std::vector<const char*> rebalances;
};

std::vector<std::string> rebalances_of(const Case& c) {
  RebalanceSchedule schedule(c.schedule);
  std::vector<std::string> dates;
  for (std::size_t bar = 0; bar < c.bars.size(); ++bar) {
    const Date date = *parse_date(c.bars[bar]);
    if (!schedule.due(bar, date, false)) continue;
    schedule.commit(bar, date);
    dates.push_back(c.bars[bar]);
  }
  return dates;
}

constexpr auto last = PeriodSession::last;

const std::vector<Case> cases = {
    {"CS-4 daily", {.frequency = Frequency::daily}, {"2024-01-02", "2024-01-03"}, {"2024-01-02", "2024-01-03"}},
    {"CS-4 every n bars, counted from the last rebalance",
     {.frequency = Frequency::every_n_days, .n = 2},
     {"2024-01-02", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10"},
     {"2024-01-02", "2024-01-08", "2024-01-10"}},
    {"STR-1 every n calendar days",
     {.frequency = Frequency::every_n_calendar_days, .n = 3},
     {"2024-01-02", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-10", "2024-01-11"},
     {"2024-01-02", "2024-01-05", "2024-01-08", "2024-01-11"}},
    {"CS-4 weekly: the first bar of each ISO week, across the year's end",
     {.frequency = Frequency::weekly},
     {"2020-12-30", "2020-12-31", "2021-01-04", "2021-01-05", "2021-01-12"},
     {"2020-12-30", "2021-01-04", "2021-01-12"}},
    {"W-41 the same week number of the next year is another week",
     {.frequency = Frequency::weekly},
     {"2023-01-03", "2024-01-03"},
     {"2023-01-03", "2024-01-03"}},
    {"W-7 the last weekday of the week; a holiday on it moves to the next bar",
     {.frequency = Frequency::weekly, .session = last},
     {"2024-03-25", "2024-03-28", "2024-04-01", "2024-04-04", "2024-04-05", "2024-04-08"},
     {"2024-03-25", "2024-04-01", "2024-04-05"}},
    {"CS-4 on a weekday, after the first bar",
     {.frequency = Frequency::weekly, .weekday = 3},
     {"2024-01-02", "2024-01-03", "2024-01-04", "2024-01-10"},
     {"2024-01-02", "2024-01-03", "2024-01-10"}},
    {"W-41 a weekday without a bar moves to the next bar",
     {.frequency = Frequency::weekly, .weekday = 1},
     {"2024-01-08", "2024-01-12", "2024-01-16", "2024-01-17", "2024-01-22"},
     {"2024-01-08", "2024-01-16", "2024-01-22"}},
    {"CS-4 monthly: the first bar of each month",
     {.frequency = Frequency::monthly},
     {"2024-01-10", "2024-01-31", "2024-02-01", "2024-02-02", "2024-03-04"},
     {"2024-01-10", "2024-02-01", "2024-03-04"}},
    {"W-41 the same month of the next year is another month",
     {.frequency = Frequency::monthly},
     {"2023-05-02", "2024-05-02"},
     {"2023-05-02", "2024-05-02"}},
    {"W-7 the last weekday of the month",
     {.frequency = Frequency::monthly, .session = last},
     {"2024-06-03", "2024-06-27", "2024-06-28", "2024-07-01", "2024-07-31", "2024-08-29", "2024-09-02"},
     {"2024-06-03", "2024-06-28", "2024-07-31", "2024-09-02"}},
    {"CS-4 on a day of the month or the next bar",
     {.frequency = Frequency::monthly, .day_of_month = 15},
     {"2024-01-16", "2024-02-14", "2024-02-15", "2024-03-14", "2024-03-18", "2024-03-19"},
     {"2024-01-16", "2024-02-15", "2024-03-18"}},
    {"CS-4 a day beyond the month's end is its last calendar day",
     {.frequency = Frequency::monthly, .day_of_month = 31},
     {"2024-01-31", "2024-02-28", "2024-02-29", "2024-04-29", "2024-04-30"},
     {"2024-01-31", "2024-02-29", "2024-04-29", "2024-04-30"}},
    {"STR-1 quarterly",
     {.frequency = Frequency::quarterly},
     {"2024-02-01", "2024-03-28", "2024-04-01", "2024-06-28", "2024-07-01"},
     {"2024-02-01", "2024-04-01", "2024-07-01"}},
    {"W-7 the last weekday of the quarter",
     {.frequency = Frequency::quarterly, .session = last},
     {"2024-02-01", "2024-03-28", "2024-03-29", "2024-06-27", "2024-07-01"},
     {"2024-02-01", "2024-03-29", "2024-07-01"}},
    {"STR-1 annually",
     {.frequency = Frequency::annually},
     {"2023-06-01", "2023-12-29", "2024-01-02"},
     {"2023-06-01", "2024-01-02"}},
    {"W-7 the last weekday of the year: 2023 ended on a Sunday",
     {.frequency = Frequency::annually, .session = last},
     {"2023-06-01", "2023-12-28", "2023-12-29", "2024-01-02"},
     {"2023-06-01", "2023-12-29"}},
};

TEST(RebalanceSchedule, Cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(rebalances_of(c), std::vector<std::string>(c.rebalances.begin(), c.rebalances.end())) << c.rule;
  }
}

TEST(RebalanceSchedule, W7_WhatIsNotCommittedIsTriedAgain) {
  RebalanceSchedule schedule({.frequency = Frequency::monthly});
  EXPECT_TRUE(schedule.due(0, *parse_date("2024-01-10"), false));
  EXPECT_TRUE(schedule.due(1, *parse_date("2024-01-11"), false));
  schedule.commit(1, *parse_date("2024-01-11"));
  EXPECT_FALSE(schedule.due(2, *parse_date("2024-01-12"), false));
}

TEST(RebalanceSchedule, W7_OnceIsTriedUntilSomethingIsHeld) {
  RebalanceSchedule schedule({.frequency = Frequency::once});
  const Date date = *parse_date("2024-01-10");
  EXPECT_TRUE(schedule.due(0, date, false));
  schedule.commit(0, date);
  EXPECT_TRUE(schedule.due(1, date, false));
  EXPECT_FALSE(schedule.due(2, date, true));
  EXPECT_FALSE(schedule.due(3, date, false)) << "closed since: bought once is bought once";
}

}  // namespace
}  // namespace backtest
