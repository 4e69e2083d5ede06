// When a strategy may rebalance (STR-1, CS-4, W-7).
#pragma once

#include <optional>

namespace backtest {

enum class Frequency {
  daily,
  every_n_days,           // n bars since the last rebalance
  every_n_calendar_days,  // n calendar days since the last rebalance
  weekly,
  monthly,
  quarterly,
  annually,
  once,  // tried on each bar until something is held
};

enum class PeriodSession { first, last };

struct Schedule {
  Frequency frequency = Frequency::daily;
  int n = 1;                                     // for the every_n frequencies; >= 1
  std::optional<int> weekday;                    // weekly: 1 = Monday .. 5 = Friday
  std::optional<int> day_of_month;               // monthly: 1..31
  PeriodSession session = PeriodSession::first;  // weekly, monthly, quarterly, annually
  friend bool operator==(const Schedule&, const Schedule&) = default;
};

}  // namespace backtest
