// What the pipeline remembers of each held position (CS-3, W-30): where it began, the extremes since, and what was last
// wanted of it. Prices are kept in the unit of today: a split divides them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/score.hpp"

namespace backtest {

struct PositionState {
  InstrumentIndex instrument = 0;
  Side side = Side::none;
  std::size_t entry_bar = 0;
  double entry_price = 0.0;  // 0 = unknown
  double high_mark = 0.0;
  double low_mark = 0.0;
  int days_held = 0;  // bars with a row from the entry bar to today, both included (DATA-20)
  double target_scale = 1.0;
  bool partial_exit_done = false;
  std::optional<Candidate> last;             // the output of the last decision that named it
  std::optional<std::size_t> dropped_since;  // bar of the decay policy
};

class PositionStates {
 public:
  // Without exit rules nobody asks for prices and days since the entry: then bars in between are not read.
  explicit PositionStates(bool follow_prices = true) : follow_prices_(follow_prices) {}

  // Brings the states to `portfolio` at market.bar(): drops what is no longer held, begins what is new or changed its
  // side or entry, and moves the marks of the others.
  void sync(const MarketView& market, const PortfolioView& portfolio);

  const std::vector<PositionState>& held() const { return states_; }  // ascending by instrument
  std::vector<PositionState>& held() { return states_; }
  PositionState* find(InstrumentIndex i);

 private:
  bool follow_prices_;
  std::vector<PositionState> states_;
  std::vector<PositionState> previous_;
  std::size_t synced_bar_ = 0;
};

}  // namespace backtest
