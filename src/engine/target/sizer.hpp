// The wanted book -> weights before scales (SZ, W-5, W-38). Scales are applied to the weights afterwards, by the
// caller, so that no sizer can spend what a scale frees.
#pragma once

#include <memory>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/target/holding_rule.hpp"

namespace backtest {

struct SizingInput {
  const MarketView& market;
  const WantedBook& book;
  const PortfolioView& portfolio;
};

enum class Sizing { done, skipped };

class Sizer {
 public:
  virtual ~Sizer() = default;
  // Replaces `weights`, ascending by instrument, none within 1e-12 of 0. `skipped`: there is no telling (too few
  // returns, no solution), and nothing is to be traded.
  virtual Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) = 0;
};

std::unique_ptr<Sizer> make_sizer(const SizerPolicy& policy, const Panel& prices);

// make_sizer()'s parts.
std::unique_ptr<Sizer> make_sizer(const EqualWeightSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const LongShortScoreSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const KellySizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const OptimizationSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const FixedWeightSizerPolicy& policy, const Panel& prices);

}  // namespace backtest
