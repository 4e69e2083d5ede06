// How a run's tables are written where they do not say so themselves (data.columns, data.csv, data.timezone).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace backtest {

struct NumberFormat {
  char decimal = '.';
  char thousands = '\0';  // stands between groups of three digits; NUL: none does
  std::string currency;   // stands before or behind numbers and is left out; empty: none does
  bool operator==(const NumberFormat&) const = default;
};

struct TableFormat {
  std::vector<std::pair<std::string, std::string>> columns;  // the name that the run reads -> the file's column
  char delimiter = ',';
  NumberFormat numbers;     // of text
  std::string date_format;  // of text and integers, as strptime has it, or the name of a count; empty: ISO
  std::string timezone;     // whose clocks show the dates of instants; empty: as they are written
};

}  // namespace backtest
