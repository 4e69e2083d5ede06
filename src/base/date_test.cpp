#include "base/date.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(Date, TextAndBack) {
  for (const char* text : {"1970-01-01", "1969-12-31", "2000-02-29", "2024-12-31", "0001-01-01", "9999-12-31"}) {
    const auto date = parse_date(text);
    ASSERT_TRUE(date) << text;
    EXPECT_EQ(to_text(*date), text);
  }
}

TEST(Date, OnlyTheStrictFormOfDaysThatExist) {
  for (const char* text : {"", "20240101", "2024-1-01", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10",
                           "2024-01-01 ", "2024/01/01", "24-01-01"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(Date, IsoWeekBelongsToTheYearOfItsThursday) {
  const struct {
    const char* date;
    int weekday, week, week_year;
  } cases[] = {{"2021-01-03", 7, 53, 2020}, {"2021-01-04", 1, 1, 2021},  {"2020-12-31", 4, 53, 2020},
               {"2024-12-30", 1, 1, 2025},  {"2016-01-01", 5, 53, 2015}, {"2018-12-31", 1, 1, 2019}};
  for (const auto& c : cases) {
    const CalendarFields fields = calendar_fields(*parse_date(c.date));
    EXPECT_EQ(fields.weekday, c.weekday) << c.date;
    EXPECT_EQ(fields.iso_week, c.week) << c.date;
    EXPECT_EQ(fields.iso_week_year, c.week_year) << c.date;
  }
}

TEST(Date, FieldsOfTheCalendar) {
  const CalendarFields fields = calendar_fields(*parse_date("2024-02-10"));
  EXPECT_EQ(fields.quarter, 1);
  EXPECT_EQ(fields.days_in_month, 29);
  EXPECT_EQ(make_date(2024, 2, 10), *parse_date("2024-02-10"));
}

}  // namespace
}  // namespace backtest
