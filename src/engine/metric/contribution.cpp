// Who made the money: the profit of each instrument, and in a composite of each leg, from initial cash to final NAV.
#include <cmath>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "engine/metric/family.hpp"

namespace backtest {

namespace {

// The legs' shares in each instrument, by the last blend that wanted it: whoever held it last also closes it.
class LegShares {
 public:
  LegShares(std::span<const LegWeightRow> rows, std::size_t instruments) : rows_(rows), of_(instruments) {}

  // Takes in the blends decided up to `bar`.
  void advance(std::size_t bar) {
    while (next_ < rows_.size() && rows_[next_].bar <= bar) {
      const std::size_t begin = next_;
      const std::uint32_t decided = rows_[begin].bar;
      for (; next_ < rows_.size() && rows_[next_].bar == decided; ++next_) of_[rows_[next_].instrument].clear();
      for (std::size_t i = begin; i < next_; ++i) {
        of_[rows_[i].instrument].push_back({rows_[i].leg, rows_[i].alpha * rows_[i].weight});
      }
    }
  }

  // Legs on opposite sides share by what they are of the net. What nets to nothing goes to the residual, the last one.
  void divide(InstrumentIndex instrument, double profit, std::vector<double>& by_leg) const {
    double net = 0.0, gross = 0.0;
    for (const Share& share : of_[instrument]) {
      net += share.weight;
      gross += std::abs(share.weight);
    }
    if (std::abs(net) <= smallest_net * gross) {
      by_leg.back() += profit;
      return;
    }
    for (const Share& share : of_[instrument]) by_leg[share.leg] += profit * (share.weight / net);
  }

 private:
  static constexpr double smallest_net = 1e-9;
  struct Share {
    std::uint32_t leg;
    double weight;
  };
  std::span<const LegWeightRow> rows_;
  std::vector<std::vector<Share>> of_;
  std::size_t next_ = 0;
};

class Attribution {
 public:
  Attribution(const SimulationResult& result, const Panel& prices, std::size_t legs)
      : result_(result),
        prices_(prices),
        shares_(result.leg_weights, prices.instrument_count()),
        mark_(prices.instrument_count(), missing),
        by_instrument_(prices.instrument_count(), missing),
        by_leg_(legs == 0 ? 0 : legs + 1) {}

  // What was held before earns for the blend that bought it; what is traded, for the blend that was traded.
  template <typename Position>
  void add_bar(std::size_t k, std::span<const Position> before, bool same_close) {
    const std::size_t bar = result_.first_bar + k;
    const std::span<const HoldingRow> after = holdings(k);
    const std::size_t first_fill = next_fill_;
    while (next_fill_ < result_.fills.size() && result_.fills[next_fill_].bar == bar) ++next_fill_;
    const auto fills = std::span(result_.fills).subspan(first_fill, next_fill_ - first_fill);
    for (const Position& row : before) mark_[row.instrument] = row.mark / split(bar, row.instrument);
    for (const Fill& fill : fills) mark_[fill.instrument] = fill.price;  // where nothing is left at the close
    for (const HoldingRow& row : after) mark_[row.instrument] = row.mark;

    for (const Position& row : before) {
      const double shares = row.shares * split(bar, row.instrument);
      const double dividend = prices_.dividend.empty() ? missing : prices_.dividend[prices_.cell(bar, row.instrument)];
      double profit = shares * mark_[row.instrument] - row.shares * row.mark;
      if (!std::isnan(dividend)) profit += shares * dividend;
      book(row.instrument, profit);
    }
    if (same_close || bar > 0) shares_.advance(same_close ? bar : bar - 1);
    for (const Fill& fill : fills) {
      book(fill.instrument, fill.quantity * (mark_[fill.instrument] - fill.price) - fill.commission);
    }
  }

  // At the close of row k.
  std::span<const HoldingRow> holdings(std::size_t k) const {
    const std::size_t begin = result_.holdings_begin[k];
    return std::span(result_.holdings).subspan(begin, result_.holdings_begin[k + 1] - begin);
  }

  std::vector<Contribution> instruments() const {
    std::vector<Contribution> all;
    for (std::size_t i = 0; i < by_instrument_.size(); ++i) {
      if (!std::isnan(by_instrument_[i])) all.push_back({.index = i, .profit = by_instrument_[i]});
    }
    return all;
  }
  std::vector<Contribution> legs() const {
    std::vector<Contribution> all;
    for (std::size_t i = 0; i < by_leg_.size(); ++i) all.push_back({.index = i, .profit = by_leg_[i]});
    return all;
  }

 private:
  double split(std::size_t bar, InstrumentIndex instrument) const {
    const double factor = prices_.split.empty() ? missing : prices_.split[prices_.cell(bar, instrument)];
    return std::isnan(factor) ? 1.0 : factor;
  }
  void book(InstrumentIndex instrument, double profit) {
    double& total = by_instrument_[instrument];
    total = std::isnan(total) ? profit : total + profit;
    if (!by_leg_.empty()) shares_.divide(instrument, profit, by_leg_);
  }

  const SimulationResult& result_;
  const Panel& prices_;
  LegShares shares_;
  std::size_t next_fill_ = 0;
  std::vector<double> mark_;           // of the bar under way
  std::vector<double> by_instrument_;  // NaN: never held or traded
  std::vector<double> by_leg_;
};

}  // namespace

void add_contributions(const SimulationResult& result, const Panel& prices, const Policy& policy, Summary& summary) {
  const auto* composite = std::get_if<CompositePolicy>(&policy.strategy);
  Attribution attribution(result, prices, composite != nullptr ? composite->legs.size() : 0);
  const bool same_close = policy.broker.fill_policy == FillPolicy::same_close;
  attribution.add_bar(0, std::span<const HeldPosition>(result.opening_positions), same_close);
  for (std::size_t k = 1; k < result.bars.size(); ++k) attribution.add_bar(k, attribution.holdings(k - 1), same_close);
  summary.instrument_contributions = attribution.instruments();
  summary.leg_contributions = attribution.legs();
}

}  // namespace backtest
