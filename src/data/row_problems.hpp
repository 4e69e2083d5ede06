// What is wrong with the rows of the inputs: all of it counted, the first hundred told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

class RowProblems {
 public:
  static constexpr std::size_t told_at_most = 100;

  void add(Diagnostic problem);
  void merge(RowProblems&& other);
  // What may be behind them: told before them, and not without them.
  void suspect(Diagnostic cause) { causes_.push_back(std::move(cause)); }
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  // In the order of files as they were first named, then of lines; a last entry counts those left out. Empty where
  // nothing is wrong.
  std::vector<Diagnostic> told() const;
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> causes_;
  std::vector<Diagnostic> first_;
  std::size_t count_ = 0;
};

// What the rows of a table are: it says what becomes of several on one day.
enum class DailyRows { bars, signals, weights };

// A second row of one symbol (empty: of a whole row of symbols) on one day. Rows at different times of day are no
// duplicates: they are of a shorter bar than a day.
std::string repeated_row(DailyRows rows, const std::string& symbol, Date date, std::int32_t first_second,
                         std::int32_t second);
// The same where a table says its times in a column of their own, which is not read.
std::string second_bar_of_day(const std::string& symbol, Date date);

}  // namespace backtest
