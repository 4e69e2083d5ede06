// The wanted book -> weights before scales (SZ, W-5, W-38). Scales are applied to the weights afterwards, by the
// caller, so that no sizer can spend what a scale frees.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"
#include "engine/model/sizer_cut.hpp"
#include "engine/target/holding_rule.hpp"

namespace backtest {

struct SizingInput {
  const MarketView& market;
  const WantedBook& book;
  const PortfolioView& portfolio;
};

enum class Sizing { done, skipped };

struct LeftOut {
  SizerLimit limit;
  std::size_t names;  // at least one
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

class Sizer {
 public:
  virtual ~Sizer() = default;
  // Replaces `weights`, ascending by instrument, none within 1e-12 of 0. `skipped`: there is no telling (too few
  // returns, no solution), and nothing is to be traded.
  virtual Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) = 0;
  // Wanted names that the last size() had no room for, at most one entry a limit.
  std::span<const LeftOut> left_out() const { return left_out_; }

 protected:
  void forget_left_out() { left_out_.clear(); }
  void leave_out(SizerLimit limit, std::size_t names) {
    if (names > 0) left_out_.push_back({limit, names});
  }

 private:
  std::vector<LeftOut> left_out_;
};

std::unique_ptr<Sizer> make_sizer(const SizerPolicy& policy, const Panel& prices);

// make_sizer()'s parts.
std::unique_ptr<Sizer> make_sizer(const EqualWeightSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const LongShortScoreSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const KellySizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const OptimizationSizerPolicy& policy, const Panel& prices);
std::unique_ptr<Sizer> make_sizer(const FixedWeightSizerPolicy& policy, const Panel& prices);

}  // namespace backtest
