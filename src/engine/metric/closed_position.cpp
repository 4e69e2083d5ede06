// Fills, splits and dividends folded into positions that ended, and what they say of the trading.
#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

struct OpenPosition {
  std::uint32_t entry_bar = 0;
  double shares = 0.0;  // signed; 0 = nothing is open
  double largest_shares = 0.0;
  double entry_shares = 0.0;  // absolute, all entries, as of today's split basis
  double entry_notional = 0.0;
  double exit_shares = 0.0;
  double exit_notional = 0.0;
  double cash_flow = 0.0;  // of fills, commission and dividends

  // Of the money that went in and out, which are about equal.
  double profit() const { return is_rounding(cash_flow, std::max(entry_notional, exit_notional)) ? 0.0 : cash_flow; }
};

class Fold {
 public:
  Fold(const Panel& prices, std::vector<ClosedPosition>& closed)
      : prices_(prices), open_(prices.instrument_count()), closed_(closed) {}

  // A position that the run started with: entered at its average price, whenever that was.
  void open(const HeldPosition& held) {
    const double shares = std::abs(held.shares);
    const double price = std::isnan(held.average_entry_price) ? held.mark : held.average_entry_price;
    open_[held.instrument] = {.entry_bar = static_cast<std::uint32_t>(held.entry_bar),
                              .shares = held.shares,
                              .largest_shares = shares,
                              .entry_shares = shares,
                              .entry_notional = shares * price,
                              .cash_flow = -held.shares * price};
  }

  // The same arithmetic as the ledger's, so that a close meets exactly the shares that are open.
  template <typename Position>
  void apply_actions(std::size_t bar, std::span<const Position> held) {
    for (const Position& row : held) {
      OpenPosition& position = open_[row.instrument];
      const std::size_t cell = prices_.cell(bar, row.instrument);
      if (!prices_.split.empty() && !std::isnan(prices_.split[cell])) {
        const double factor = prices_.split[cell];
        position.shares *= factor;
        position.largest_shares *= factor;
        position.entry_shares *= factor;
        position.exit_shares *= factor;
      }
      if (!prices_.dividend.empty() && !std::isnan(prices_.dividend[cell])) {
        position.cash_flow += position.shares * prices_.dividend[cell];
      }
    }
  }

  void book(const Fill& fill) {
    OpenPosition& position = open_[fill.instrument];
    const double after = position.shares + fill.quantity;
    const bool crosses = position.shares * after < 0.0 && std::abs(after) >= epsilon;
    if (!crosses) {
      trade(position, fill, fill.quantity, fill.commission);
    } else {  // one fill, two positions: the commission goes by shares
      const double closing = -position.shares;
      const double commission = fill.commission * (closing / fill.quantity);
      trade(position, fill, closing, commission);
      trade(position, fill, after, fill.commission - commission);
    }
  }

 private:
  void trade(OpenPosition& position, const Fill& fill, double quantity, double commission) {
    if (position.shares == 0.0) position = {.entry_bar = fill.bar};
    const bool enters = position.shares == 0.0 || (position.shares > 0.0) == (quantity > 0.0);
    const double notional = std::abs(quantity * fill.price);
    (enters ? position.entry_shares : position.exit_shares) += std::abs(quantity);
    (enters ? position.entry_notional : position.exit_notional) += notional;
    position.cash_flow -= quantity * fill.price;
    position.cash_flow -= commission;
    const double side = (enters ? quantity : position.shares) > 0.0 ? 1.0 : -1.0;
    position.shares += quantity;
    if (std::abs(position.shares) < epsilon) position.shares = 0.0;
    position.largest_shares = std::max(position.largest_shares, std::abs(position.shares));
    if (position.shares == 0.0) close(position, fill, side);
  }

  void close(const OpenPosition& position, const Fill& fill, double side) {
    const double profit = position.profit();
    closed_.push_back({.instrument = fill.instrument,
                       .entry_bar = position.entry_bar,
                       .exit_bar = fill.bar,
                       .side = side,
                       .largest_shares = position.largest_shares,
                       .entry_price = position.entry_notional / position.entry_shares,
                       .exit_price = position.exit_notional / position.exit_shares,
                       .profit = profit,
                       .return_on_entry = profit / position.entry_notional,
                       .exit_reason = fill.reason});
  }

  const Panel& prices_;
  std::vector<OpenPosition> open_;
  std::vector<ClosedPosition>& closed_;
};

std::vector<ClosedPosition> closed_positions(const SimulationResult& result, const Panel& prices) {
  std::vector<ClosedPosition> closed;
  Fold fold(prices, closed);
  const bool has_actions = !prices.split.empty() || !prices.dividend.empty();
  for (const HeldPosition& held : result.opening_positions) fold.open(held);
  if (has_actions) fold.apply_actions(result.first_bar, std::span(result.opening_positions));
  auto fill = result.fills.begin();
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const std::size_t bar = result.first_bar + k;
    if (has_actions && k > 0) {
      const std::size_t begin = result.holdings_begin[k - 1];
      fold.apply_actions(bar, std::span(result.holdings).subspan(begin, result.holdings_begin[k] - begin));
    }
    for (; fill != result.fills.end() && fill->bar == bar; ++fill) fold.book(*fill);
  }
  std::ranges::sort(closed, {}, [](const ClosedPosition& position) {
    return std::tuple(position.exit_bar, position.instrument, position.entry_bar);
  });
  return closed;
}

}  // namespace

void add_closed_positions(const SimulationResult& result, const Panel& prices, Summary& summary) {
  summary.closed_positions = closed_positions(result, prices);
  summary.closed_position_count = summary.closed_positions.size();
  if (summary.closed_positions.empty()) {
    summary.warnings.push_back(
        "hit_rate, payoff_ratio, profit_factor, expectancy and average_holding_bars are undefined: no position was "
        "closed");
    return;
  }
  double won = 0.0, lost = 0.0, bars = 0.0;
  double wins = 0.0, losses = 0.0;
  for (const ClosedPosition& position : summary.closed_positions) {
    if (position.profit > 0.0) {
      won += position.profit;
      ++wins;
    } else if (position.profit < 0.0) {
      lost -= position.profit;
      ++losses;
    }
    bars += static_cast<double>(position.exit_bar - position.entry_bar);
  }
  const auto count = static_cast<double>(summary.closed_positions.size());
  summary.hit_rate = wins / count;
  summary.expectancy = is_rounding(won - lost, std::max(won, lost)) ? 0.0 : finite((won - lost) / count);
  summary.average_holding_bars = bars / count;
  if (losses == 0.0) {
    summary.warnings.push_back("payoff_ratio and profit_factor are undefined: no closed position lost money");
    return;
  }
  summary.profit_factor = finite(won / lost);
  if (wins == 0.0) {
    summary.warnings.push_back("payoff_ratio is undefined: no closed position made money");
    return;
  }
  summary.payoff_ratio = finite((won / wins) / (lost / losses));
}

}  // namespace backtest
