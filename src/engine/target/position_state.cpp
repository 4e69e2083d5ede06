#include "engine/target/position_state.hpp"

#include <algorithm>
#include <cmath>

namespace backtest {
namespace {

double first_known(double a, double b) {
  return std::isnan(a) ? b : a;
}

// Reads one later bar into a position that was held through it.
void read_bar(PositionState& state, const MarketView& market, std::size_t bar) {
  const InstrumentIndex i = state.instrument;
  const double split = market.split(bar, i);
  if (!std::isnan(split)) {
    state.entry_price /= split;
    state.high_mark /= split;
    state.low_mark /= split;
  }
  const double close = market.close(bar, i);
  const double high = first_known(market.high(bar, i), close);
  const double low = first_known(market.low(bar, i), close);
  if (!std::isnan(high)) state.high_mark = std::max(state.high_mark, high);
  if (!std::isnan(low)) state.low_mark = std::min(state.low_mark, low);
  if (market.has_row(bar, i)) ++state.days_held;
}

double entry_price_of(const HeldPosition& held, const MarketView& market, const PositionState* previous) {
  if (std::isfinite(held.average_entry_price) && held.average_entry_price != 0.0) return held.average_entry_price;
  const double today =
      first_known(market.open(market.bar(), held.instrument), market.close(market.bar(), held.instrument));
  if (!std::isnan(today)) return today;
  return previous != nullptr ? previous->entry_price : 0.0;
}

PositionState begin_state(const HeldPosition& held, const MarketView& market, const PositionState* previous,
                          bool follow_prices) {
  const InstrumentIndex i = held.instrument;
  PositionState state;
  state.instrument = i;
  state.side = held.shares > 0.0 ? Side::long_side : Side::short_side;
  state.entry_bar = held.entry_bar;
  if (previous != nullptr) state.last = previous->last;
  if (!follow_prices) return state;
  const double entry_today = entry_price_of(held, market, previous);
  // The entry price is told in today's unit; bars since the entry are read in theirs.
  double splits_since = 1.0;
  for (std::size_t bar = held.entry_bar + 1; bar <= market.bar(); ++bar) {
    if (const double split = market.split(bar, i); !std::isnan(split)) splits_since *= split;
  }
  state.entry_price = state.high_mark = state.low_mark = entry_today * splits_since;
  if (market.has_row(held.entry_bar, i)) state.days_held = 1;
  if (held.entered_at_open) {
    const double close = market.close(held.entry_bar, i);
    const double high = first_known(market.high(held.entry_bar, i), close);
    const double low = first_known(market.low(held.entry_bar, i), close);
    if (!std::isnan(high)) state.high_mark = std::max(state.high_mark, high);
    if (!std::isnan(low)) state.low_mark = std::min(state.low_mark, low);
  }
  for (std::size_t bar = held.entry_bar + 1; bar <= market.bar(); ++bar) read_bar(state, market, bar);
  state.entry_price = entry_today;  // exactly as told
  return state;
}

}  // namespace

void PositionStates::sync(const MarketView& market, const PortfolioView& portfolio) {
  std::swap(states_, previous_);
  states_.clear();
  auto old = previous_.begin();
  for (const HeldPosition& held : portfolio.held) {
    while (old != previous_.end() && old->instrument < held.instrument) ++old;
    PositionState* const previous = old != previous_.end() && old->instrument == held.instrument ? &*old : nullptr;
    const Side side = held.shares > 0.0 ? Side::long_side : Side::short_side;
    if (previous == nullptr || previous->side != side || previous->entry_bar != held.entry_bar) {
      states_.push_back(begin_state(held, market, previous, follow_prices_));
      continue;
    }
    for (std::size_t bar = synced_bar_ + 1; follow_prices_ && bar <= market.bar(); ++bar) {
      read_bar(*previous, market, bar);
    }
    states_.push_back(*previous);
  }
  synced_bar_ = market.bar();
}

PositionState* PositionStates::find(InstrumentIndex i) {
  const auto found =
      std::lower_bound(states_.begin(), states_.end(), i,
                       [](const PositionState& s, InstrumentIndex wanted) { return s.instrument < wanted; });
  return found != states_.end() && found->instrument == i ? &*found : nullptr;
}

}  // namespace backtest
