#include "engine/ledger/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/assertion.hpp"
#include "engine/ledger/entry_state.hpp"
#include "engine/model/row_kind.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

// Calls step(position, lane) for each position, lane = position modulo 4, so that sums kept per lane wait for each
// other only every fourth position. The lanes are constants to the compiler, and their sums registers.
template <typename Step>
void in_four_lanes(std::size_t count, Step step) {
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    step(i, 0);
    step(i + 1, 1);
    step(i + 2, 2);
    step(i + 3, 3);
  }
  if (i < count) step(i, 0);
  if (i + 1 < count) step(i + 1, 1);
  if (i + 2 < count) step(i + 2, 2);
}

// Two lanes in one register: left to itself the compiler pairs the sums, not the lanes, and shuffles twice as long.
using LanePair = double __attribute__((vector_size(16)));

LanePair load_pair(const double* values) {
  LanePair pair;
  std::memcpy(&pair, values, sizeof pair);
  return pair;
}

struct LaneSum {
  LanePair lanes_01 = {0.0, 0.0};
  LanePair lanes_23 = {0.0, 0.0};
  void add(std::size_t lane, double value) { (lane < 2 ? lanes_01 : lanes_23)[lane % 2] += value; }
  double total() const { return (lanes_01[0] + lanes_01[1]) + (lanes_23[0] + lanes_23[1]); }
};

}  // namespace

Ledger::Ledger(double cash, std::span<const HeldPosition> positions)
    : initial_cash_(cash), cash_(cash), nav_(cash), previous_nav_(cash), held_(positions.begin(), positions.end()) {
  if (held_.empty()) return;
  LaneSum net, gross;
  in_four_lanes(held_.size(), [&](std::size_t i, std::size_t lane) {
    net.add(lane, held_[i].shares * held_[i].mark);
    gross.add(lane, std::abs(held_[i].shares * held_[i].mark));
    stale_count_ += held_[i].stale ? 1 : 0;
  });
  net_value_ = net.total();
  gross_value_ = gross.total();
  initial_cash_ = nav_ = previous_nav_ = cash_ + net_value_;
  columns_are_old_ = true;
}

void Ledger::begin_bar() {
  previous_nav_ = nav_;
  flows_ = {};
  marked_this_bar_ = false;
}

void Ledger::accrue_financing(const Financing& rates, double calendar_days) {
  const double years = calendar_days / 365.0;
  const double on_cash = cash_ >= 0.0 ? cash_ * rates.cash_rate * years : cash_ * rates.margin_rate * years;
  const double on_shorts = short_value() * rates.borrow_rate * years;
  flows_.financing += on_cash + on_shorts;
  cash_ += on_cash;
  cash_ += on_shorts;
}

void Ledger::apply_actions(std::span<const double> split, std::span<const double> dividend) {
  for (HeldPosition& position : held_) {
    if (!split.empty()) {
      const double factor = split[position.instrument];
      if (!std::isnan(factor)) {
        columns_are_old_ = true;
        position.shares *= factor;
        position.mark /= factor;
        position.average_entry_price /= factor;
      }
    }
    if (!dividend.empty()) {
      const double per_share = dividend[position.instrument];
      if (!std::isnan(per_share)) {
        const double paid = position.shares * per_share;
        cash_ += paid;
        flows_.dividends += paid;
      }
    }
  }
}

void Ledger::close_at_mark(std::size_t index, FillReason reason, std::uint32_t bar, std::vector<Fill>& fills) {
  const HeldPosition& position = held_[index];
  Fill fill{.bar = bar,
            .instrument = position.instrument,
            .quantity = -position.shares,
            .price = position.mark,
            .notional = -position.shares * position.mark,
            .reason = reason};
  cash_ -= fill.notional;
  fill.cash_after = cash_;
  add_costs(fill);
  fills.push_back(fill);
}

void Ledger::close_delisted(std::span<const std::uint8_t> has_row, std::uint32_t after_bars, std::uint32_t bar,
                            std::vector<Fill>& fills) {
  // A first bar without a row can only end a holding at once; later ones were counted, and are stale.
  if (after_bars == 0 || (after_bars > 1 && stale_count_ == 0)) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (has_row[held_[i].instrument] != row_with_price && held_[i].bars_without_row + 1 >= after_bars) {
      close_at_mark(i, FillReason::delisted, bar, fills);
    } else {
      held_[kept++] = held_[i];
    }
  }
  if (kept == held_.size()) return;
  held_.resize(kept);
  columns_are_old_ = true;
}

void Ledger::pay_fractions(std::span<const double> split, std::uint32_t bar, std::vector<Fill>& fills) {
  bool closed_one = false;
  for (HeldPosition& position : held_) {
    if (std::isnan(split[position.instrument])) continue;
    columns_are_old_ = true;
    const double nearest = std::nearbyint(position.shares);
    const bool is_whole = std::abs(position.shares - nearest) <= 1e-9 * std::max(1.0, std::abs(nearest));
    const double kept = is_whole ? nearest : std::trunc(position.shares);
    if (!is_whole) {
      const double fraction = position.shares - kept;
      Fill fill{.bar = bar,
                .instrument = position.instrument,
                .quantity = -fraction,
                .price = position.mark,
                .notional = -fraction * position.mark,
                .reason = FillReason::cash_in_lieu};
      cash_ -= fill.notional;
      fill.cash_after = cash_;
      add_costs(fill);
      fills.push_back(fill);
    }
    position.shares = kept;
    closed_one |= kept == 0.0;
  }
  if (closed_one) std::erase_if(held_, [](const HeldPosition& position) { return position.shares == 0.0; });
}

double Ledger::nav_at(std::span<const double> prices) const {
  LaneSum value;
  in_four_lanes(held_.size(), [&](std::size_t i, std::size_t lane) {
    const double price = prices[held_[i].instrument];
    value.add(lane, held_[i].shares * (std::isnan(price) ? held_[i].mark : price));
  });
  return cash_ + value.total();
}

void Ledger::add_costs(const Fill& fill) {
  flows_.commission += fill.commission;
  flows_.slippage_cost += fill.slippage_cost;
  flows_.traded_notional += std::abs(fill.notional);
  ++flows_.fill_count;
}

void Ledger::book(std::span<Fill> fills, std::span<const double> prices, bool at_open) {
  merged_.clear();
  merged_.reserve(held_.size() + fills.size());
  auto position = held_.cbegin();
  for (Fill& fill : fills) {
    while (position != held_.cend() && position->instrument < fill.instrument) merged_.push_back(*position++);
    HeldPosition changed{.instrument = fill.instrument, .mark = fill.price};
    if (position != held_.cend() && position->instrument == fill.instrument) changed = *position++;

    cash_ -= fill.notional;
    cash_ -= fill.commission;
    fill.cash_after = cash_;
    add_costs(fill);
    // The traded shares move from the execution price to the mark; what is held moves on from there in mark().
    const double before = changed.shares;
    enter(changed, fill, at_open);
    if (before * changed.shares < 0.0) {
      // The other side is a new position, and its entry is newer than any close.
      flows_.price_moves += before * (fill.price - changed.mark);
      changed.mark = fill.price;
    }
    flows_.price_moves += fill.quantity * (changed.mark - prices[fill.instrument]);
    if (changed.shares != 0.0) merged_.push_back(changed);
  }
  merged_.insert(merged_.end(), position, held_.cend());
  held_.swap(merged_);
  columns_are_old_ = true;
}

void Ledger::mark(const Panel& panel, std::size_t bar) {
  if (columns_are_old_) copy_columns();
  read_prices(panel, bar);
  LaneSum moves, net, gross;
  const auto add = [&](std::size_t i, LanePair LaneSum::* lanes) {
    const LanePair shares = load_pair(&shares_[i]);
    const LanePair price = load_pair(&prices_[i]);
    const LanePair value = shares * price;
    moves.*lanes += shares * (price - load_pair(&marks_[i]));
    net.*lanes += value;
    gross.*lanes += __builtin_elementwise_abs(value);
  };
  for (std::size_t i = 0; i < shares_.size(); i += 4) {
    add(i, &LaneSum::lanes_01);
    add(i + 2, &LaneSum::lanes_23);
  }
  for (std::size_t i = 0; i < held_.size(); ++i) held_[i].mark = prices_[i];
  marks_.swap(prices_);
  marked_this_bar_ = true;
  flows_.price_moves += moves.total();
  net_value_ = net.total();
  gross_value_ = gross.total();
  nav_ = cash_ + net_value_;
  // Beyond the largest number nothing can be compared; the account ends such a run.
  BACKTEST_ASSERT(!std::isfinite(nav_) || conservation_residual() <= 1e-9, "money is conserved over a bar");
}

// Columns of the positions, padded with zeros to whole groups of four.
void Ledger::copy_columns() {
  const std::size_t padded = (held_.size() + 3) / 4 * 4;
  shares_.assign(padded, 0.0);
  marks_.assign(padded, 0.0);
  instruments_.resize(held_.size());
  for (std::size_t i = 0; i < held_.size(); ++i) {
    shares_[i] = held_[i].shares;
    marks_[i] = held_[i].mark;
    instruments_[i] = held_[i].instrument;
  }
  columns_are_old_ = false;
}

void Ledger::read_prices(const Panel& panel, std::size_t bar) {
  const double* close = panel.close.data() + bar * panel.instrument_count();
  prices_.resize(shares_.size(), 0.0);
  bool complete = true;
  for (std::size_t i = 0; i < instruments_.size(); ++i) {
    prices_[i] = close[instruments_[i]];
    complete &= !std::isnan(prices_[i]);
  }
  std::fill(prices_.begin() + static_cast<std::ptrdiff_t>(held_.size()), prices_.end(), 0.0);
  if (complete && stale_count_ == 0) return;
  stale_count_ = 0;
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (std::isnan(prices_[i])) {
      carry_mark(held_[i], panel, bar);
      prices_[i] = held_[i].mark;
    } else {
      held_[i].stale = false;
      held_[i].bars_without_row = 0;
    }
  }
}

// A position that has had no close since its entry keeps the entry price as its mark: book() set it.
void Ledger::carry_mark(HeldPosition& position, const Panel& panel, std::size_t bar) {
  ++stale_count_;
  position.stale = true;
  // A bar may be marked twice; the count of bars without a row moves once.
  if (panel.has_row[panel.cell(bar, position.instrument)] == row_with_price) {
    position.bars_without_row = 0;
  } else if (!marked_this_bar_) {
    ++position.bars_without_row;
  }
}

void Ledger::close_ruined(std::uint32_t bar, std::vector<Fill>& fills) {
  for (std::size_t i = 0; i < held_.size(); ++i) close_at_mark(i, FillReason::ruined, bar, fills);
  held_.clear();
  columns_are_old_ = true;
  stale_count_ = 0;
  net_value_ = 0.0;
  gross_value_ = 0.0;
  nav_ = cash_;
}

double Ledger::conservation_residual() const {
  const double change = nav_ - previous_nav_;
  const double explained =
      flows_.price_moves + flows_.dividends - flows_.commission - flows_.slippage_cost + flows_.financing;
  // The larger of both closes: after a collapse the sums of the bar are still those of the larger book.
  const double scale = std::max({std::abs(nav_), std::abs(previous_nav_), gross_value_, initial_cash_});
  return scale == 0.0 ? std::abs(explained) : std::abs(change - explained) / scale;  // a leg of weight 0 has no cash
}

}  // namespace backtest
