// What decides: a strategy that the caller wrote, beside those that a policy configures (strategy.hpp, composite.hpp).
#pragma once

#include <cstddef>
#include <optional>

#include "engine/market/market_view.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

class Decider {
 public:
  virtual ~Decider() = default;
  // The wanted weights at the close of market.bar(), before the policy's constraints; nullopt = trade nothing. Called
  // once per bar, in order. Both views hold for this call alone.
  virtual std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio) = 0;
};

// Throws std::invalid_argument where a proposal is none: instruments that do not ascend or do not exist, a weight that
// is not finite, a scale outside 0..1.
void check_proposal(const Proposal& proposal, std::size_t instruments);

}  // namespace backtest
