// The text of one cell, as a number or a date. One reading for CSV fields and for text columns of Parquet.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.hpp"
#include "data/table_format.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

inline constexpr std::int32_t no_day = std::numeric_limits<std::int32_t>::min();

// DATA-6: empty, NA, NaN, null and their kin. Never asked of a symbol: the ticker NA is a ticker.
bool is_missing_marker(std::string_view text);

// A number, NaN where the cell is missing; nullopt where it is neither. The number is correctly rounded (NUM-15). A
// percent sign behind it divides by 100.
std::optional<double> parse_cell(std::string_view text);
// The same of a number that is written otherwise: 1.234,5 where the decimal sign is a comma, $12 where $ is the
// currency.
std::optional<double> parse_cell(std::string_view text, const NumberFormat& format);

// An ISO date or timestamp: 2024-01-31, 2024-01-31T16:00:00.5-05:00, "2024-01-31 16:00". The calendar date is the one
// written, whatever the offset says. nullopt for every other form.
std::optional<Date> parse_cell_date(std::string_view text);

struct CellTime {
  Date date;
  std::int32_t second = 0;               // of the day, a fraction cut off
  std::optional<std::int32_t> offset_s;  // east of Greenwich, where one is written
};
std::optional<CellTime> parse_cell_time(std::string_view text);
// By a format of strptime's directives: %Y %y %m %d %b %B %a %A %j %H %M %S %f %z %T %F %p %I %%, blanks for any
// blanks. A two-digit year below 69 is of this century. nullopt where the text does not fill the format. Or by the name
// of a count: epoch_s, epoch_ms, epoch_us and epoch_ns are instants since 1970 in UTC, excel is days since 1899-12-30
// of 61 and more (Excel's first two months of 1900 have a day too many), a fraction the time of day.
std::optional<CellTime> parse_cell_time(std::string_view text, std::string_view format);
bool is_counted_date_format(std::string_view format);

bool is_utf8(std::string_view text);

// "'01/02/2024' is not a date; ...", "the date is missing", "'ten' is not a number"; long cells are cut short and
// what cannot be shown is '?'.
std::string unreadable_date(std::string_view text);
std::string quoted_cell(std::string_view text);
std::string not_a_number(std::string_view text);

}  // namespace backtest
