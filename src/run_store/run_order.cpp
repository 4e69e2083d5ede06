#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr std::array<RunOrder, 6> all_orders{RunOrder::submitted_at, RunOrder::total_return, RunOrder::sharpe_ratio,
                                             RunOrder::max_drawdown, RunOrder::completed_at, RunOrder::duration};

// A double is exact to the microsecond until the year 2255.
std::optional<double> microseconds(const std::optional<StoreTime>& from, const std::optional<StoreTime>& to) {
  return from && to ? std::optional(static_cast<double>(*to - *from)) : std::nullopt;
}

}  // namespace

std::string_view to_text(RunOrder order) {
  switch (order) {
    case RunOrder::submitted_at:
      return "submitted_at";
    case RunOrder::total_return:
      return "total_return";
    case RunOrder::sharpe_ratio:
      return "sharpe_ratio";
    case RunOrder::max_drawdown:
      return "max_drawdown";
    case RunOrder::completed_at:
      return "completed_at";
    case RunOrder::duration:
      return "duration";
  }
  std::unreachable();
}

std::optional<RunOrder> parse_run_order(std::string_view text) {
  for (const RunOrder order : all_orders) {
    if (to_text(order) == text) return order;
  }
  return std::nullopt;
}

std::optional<double> number_of(const RunRecord& record, RunOrder order) {
  switch (order) {
    case RunOrder::submitted_at:
      return std::nullopt;
    case RunOrder::total_return:
      return record.numbers.total_return;
    case RunOrder::sharpe_ratio:
      return record.numbers.sharpe_ratio;
    case RunOrder::max_drawdown:
      return record.numbers.max_drawdown;
    case RunOrder::completed_at:
      return microseconds(0, record.completed_at);
    case RunOrder::duration:
      return microseconds(record.started_at, record.completed_at);
  }
  std::unreachable();
}

std::chrono::microseconds notice_pause(int tries, std::chrono::milliseconds first_pause) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  constexpr int most_doublings = 20;
  return std::min(first_pause * (1 << std::min(tries, most_doublings)), longest);
}

ListCursor cursor_of(const RunRecord& record, RunOrder order) {
  return {.submitted_at = record.submitted_at, .run_id = record.run_id, .number = number_of(record, order)};
}

}  // namespace backtest
