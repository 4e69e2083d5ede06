#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr std::array<RunOrder, 4> all_orders{RunOrder::submitted_at, RunOrder::total_return, RunOrder::sharpe_ratio,
                                             RunOrder::max_drawdown};

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
  }
  std::unreachable();
}

std::optional<RunOrder> parse_run_order(std::string_view text) {
  for (const RunOrder order : all_orders) {
    if (to_text(order) == text) return order;
  }
  return std::nullopt;
}

std::optional<double> RunNumbers::* number_of(RunOrder order) {
  switch (order) {
    case RunOrder::submitted_at:
      return nullptr;
    case RunOrder::total_return:
      return &RunNumbers::total_return;
    case RunOrder::sharpe_ratio:
      return &RunNumbers::sharpe_ratio;
    case RunOrder::max_drawdown:
      return &RunNumbers::max_drawdown;
  }
  std::unreachable();
}

std::chrono::microseconds notice_pause(int tries, std::chrono::milliseconds first_pause) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
  constexpr int most_doublings = 20;
  return std::min(first_pause * (1 << std::min(tries, most_doublings)), longest);
}

ListCursor cursor_of(const RunRecord& record, RunOrder order) {
  ListCursor cursor{.submitted_at = record.submitted_at, .run_id = record.run_id};
  if (const auto number = number_of(order)) cursor.number = record.numbers.*number;
  return cursor;
}

}  // namespace backtest
