// How a config says that dates are written: a format of strptime's directives, or the name of a count.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backtest {

struct DateCount {
  std::string_view name;
  double units_per_second;  // since 1970; 0: days of a spreadsheet
};

// Null where no count is called so.
const DateCount* date_count_named(std::string_view format);
// What is wrong with a format: an unknown directive, no year, month or day; nullopt where nothing is.
std::optional<std::string> wrong_date_format(std::string_view format);

}  // namespace backtest
