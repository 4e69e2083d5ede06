// The book: the only place that changes cash and positions.
//
// Order of calls within a bar: begin_bar; accrue_financing; apply_actions; close_delisted; pay_fractions; book (the
// fills of the execution); mark. With same_close fills the bar is marked, booked and marked again.
// Invariants: positions ascend by instrument, none has |shares| < 1e-12; after mark() NAV = cash + sum of shares x
// mark, and its change over the bar is price moves + dividends - commission - slippage + financing to within 1e-9 x
// max(|NAV|, gross value, initial cash), asserted in release. Sums run over positions in ascending order, into four
// partial sums by position modulo 4, added ((0+1)+(2+3)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/fill.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

// Of one bar, from begin_bar on.
struct BarFlows {
  double price_moves = 0.0;
  double dividends = 0.0;
  double financing = 0.0;
  double commission = 0.0;
  double slippage_cost = 0.0;
  double traded_notional = 0.0;  // absolute
  std::uint32_t fill_count = 0;
};

class Ledger {
 public:
  // `positions` ascend by instrument and have marks.
  explicit Ledger(double cash, std::span<const HeldPosition> positions = {});

  double cash() const { return cash_; }
  double nav() const { return nav_; }                    // as of the last mark()
  double previous_nav() const { return previous_nav_; }  // at the previous bar's close
  double net_value() const { return net_value_; }
  double gross_value() const { return gross_value_; }
  double short_value() const { return (net_value_ - gross_value_) / 2.0; }  // <= 0
  std::span<const HeldPosition> held() const { return held_; }
  const BarFlows& flows() const { return flows_; }
  PortfolioView view() const { return {.cash = cash_, .nav = nav_, .held = held_}; }

  void begin_bar();

  // Balances of the previous close earn or pay rate x calendar days / 365 (W-13).
  void accrue_financing(const Financing& rates, double calendar_days);

  // One bar's rows; either may be empty. The split comes before the dividend (W-37).
  void apply_actions(std::span<const double> split, std::span<const double> dividend);

  // Closes at the mark, without costs, what has its `after_bars`-th consecutive bar without a row that has a
  // price (W-2, DATA-26). 0 = never.
  void close_delisted(std::span<const std::uint8_t> has_row, std::uint32_t after_bars, std::uint32_t bar,
                      std::vector<Fill>& fills);

  // For books of whole shares, after apply_actions() with the same row: what a split left beyond whole shares is paid
  // at the mark, without costs. Shares within rounding of a whole number are that number.
  void pay_fractions(std::span<const double> split, std::uint32_t bar, std::vector<Fill>& fills);

  // NAV at one bar's row of execution prices; a position without one counts at its mark (W-1).
  double nav_at(std::span<const double> prices) const;

  // Books fills of one bar, ascending by instrument, and sets their cash_after. `prices` are those of execution before
  // impact; `at_open` says whether they are the bar's opens (W-30).
  void book(std::span<Fill> fills, std::span<const double> prices, bool at_open);

  // Marks at the closes of `bar`; positions without one keep their last close and are stale.
  void mark(const Panel& panel, std::size_t bar);

  // Ruin: closes everything at its mark without costs.
  void close_ruined(std::uint32_t bar, std::vector<Fill>& fills);

  // What the last mark() could not explain of the change of NAV, relative to the scale above.
  double conservation_residual() const;

 private:
  void close_at_mark(std::size_t position, FillReason reason, std::uint32_t bar, std::vector<Fill>& fills);
  void copy_columns();
  void read_prices(const Panel& panel, std::size_t bar);
  void carry_mark(HeldPosition& position, const Panel& panel, std::size_t bar);
  void add_costs(const Fill& fill);

  double initial_cash_;
  double cash_;
  double nav_;
  double previous_nav_;
  double net_value_ = 0.0;
  double gross_value_ = 0.0;
  std::size_t stale_count_ = 0;
  bool marked_this_bar_ = false;
  BarFlows flows_;
  std::vector<HeldPosition> held_;
  std::vector<HeldPosition> merged_;  // scratch of book()
  // What mark() works on: columns of held_, which the compiler sums two at a time.
  std::vector<InstrumentIndex> instruments_;
  std::vector<double> shares_;
  std::vector<double> marks_;
  std::vector<double> prices_;
  bool columns_are_old_ = false;
};

}  // namespace backtest
