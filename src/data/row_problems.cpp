#include "data/row_problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>

namespace backtest {

void RowProblems::add(Diagnostic problem) {
  ++count_;
  // The columns of a batch are read apart and merged later: each keeps its own first hundred, which is enough.
  if (first_.size() < told_at_most) first_.push_back(std::move(problem));
}

void RowProblems::merge(RowProblems&& other) {
  count_ += other.count_;
  std::ranges::move(other.first_, std::back_inserter(first_));
  std::ranges::move(other.causes_, std::back_inserter(causes_));
}

std::vector<Diagnostic> RowProblems::told() const {
  if (empty()) return {};
  std::vector<std::string> files;
  for (const Diagnostic& problem : first_) {
    if (std::ranges::find(files, problem.file) == files.end()) files.push_back(problem.file);
  }
  const auto file_index = [&files](const Diagnostic& problem) {
    return std::ranges::find(files, problem.file) - files.begin();
  };
  // Each problem's place in `first_` is the last key: equal lines keep their order.
  std::vector<std::tuple<std::ptrdiff_t, std::size_t, std::size_t>> order;
  for (std::size_t i = 0; i < first_.size(); ++i) order.emplace_back(file_index(first_[i]), first_[i].line, i);
  std::ranges::sort(order);
  if (order.size() > told_at_most) order.resize(told_at_most);
  std::vector<Diagnostic> told = causes_;
  for (const auto& [file, line, i] : order) told.push_back(first_[i]);
  if (count_ > order.size()) {
    told.push_back({.message = fmt::format("and {} more problems like these", count_ - order.size())});
  }
  return told;
}

void RowProblems::throw_if_any() const {
  if (!empty()) throw InvalidInput(told());
}

constexpr std::string_view bars_are_daily =
    ": bars are daily. Make one row a day of them: first open, highest high, lowest low, last close, sum of the "
    "volumes";

namespace {

std::string_view are_daily(DailyRows rows) {
  switch (rows) {
    case DailyRows::signals:
      return ": signals are daily. Keep one row a day of them, the one that is meant at its close";
    case DailyRows::weights:
      return ": weights are daily. Keep one row a day of them, the one that is meant at its close";
    case DailyRows::bars:
      break;
  }
  return bars_are_daily;
}

}  // namespace

std::string repeated_row(DailyRows rows, const std::string& symbol, Date date, std::int32_t first_second,
                         std::int32_t second) {
  const std::string row = symbol.empty() ? fmt::format("a second row of {}", to_text(date))
                                         : fmt::format("a second row of {} on {}", symbol, to_text(date));
  if (first_second == second) return row + "; data.on_duplicate: last would keep this one";
  const auto clock = [](std::int32_t of_day) {
    return fmt::format("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
  };
  return row + fmt::format(", at {} after {}{}", clock(second), clock(first_second), are_daily(rows));
}

std::string second_bar_of_day(const std::string& symbol, Date date) {
  return fmt::format("a second row of {} on {}, and a column 'time'{}", symbol, to_text(date), bars_are_daily);
}

}  // namespace backtest
