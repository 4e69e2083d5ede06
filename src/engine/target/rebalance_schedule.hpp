// When a strategy may rebalance (STR-1, CS-4, W-7, W-41). A test does not move the schedule; commit() does, once the
// rebalance has happened, so that a skipped one is tried again on the next bar.
#pragma once

#include <cstddef>
#include <optional>

#include "base/date.hpp"
#include "engine/model/schedule.hpp"

namespace backtest {

class RebalanceSchedule {
 public:
  explicit RebalanceSchedule(const Schedule& schedule) : schedule_(schedule) {}

  // `holding`: something is held now (Frequency::once ends with it).
  bool due(std::size_t bar, Date date, bool holding);
  void commit(std::size_t bar, Date date);

 private:
  bool period_began(Date date) const;

  Schedule schedule_;
  std::optional<Date> last_date_;
  Date next_period_;  // the first day after last_date_'s period: no calendar arithmetic on the bars between
  std::size_t last_bar_ = 0;
  bool once_done_ = false;
};

}  // namespace backtest
