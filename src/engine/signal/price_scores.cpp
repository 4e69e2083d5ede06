// Scores from prices alone, of all eligible instruments: breakouts, momentum, and a constant.
#include <cmath>

#include "engine/signal/breakout_levels.hpp"
#include "engine/signal/own_closes.hpp"
#include "engine/signal/score_rule.hpp"

namespace backtest {
namespace {

class PriceBreakoutRule final : public ScoreRule {
 public:
  PriceBreakoutRule(const PriceBreakoutScoring& policy, const Panel& prices)
      : policy_(policy),
        levels_(policy.lookback, PriceColumn::require(prices, policy.price_column), prices.instrument_count()) {}

  void score(const ScoreInput& input, Scores& scores) override {
    levels_.advance(input.market);
    scores.clear();
    for (const InstrumentIndex i : input.eligible) {
      const double distance =
          policy_.breakdown ? levels_.below(i, policy_.percent_scale) : levels_.above(i, policy_.percent_scale);
      if (distance > 0.0) scores.push_back(Score{.instrument = i, .value = policy_.breakdown ? -distance : distance});
    }
  }

 private:
  PriceBreakoutScoring policy_;
  BreakoutLevels levels_;
};

class MomentumRule final : public ScoreRule {
 public:
  MomentumRule(const MomentumScoring& policy, const Panel& prices)
      : lookback_(static_cast<std::size_t>(policy.lookback)),
        skip_(static_cast<std::size_t>(policy.skip)),
        closes_(prices.instrument_count()) {}

  void score(const ScoreInput& input, Scores& scores) override {
    closes_.advance(input.market);
    scores.clear();
    for (const InstrumentIndex i : input.eligible) {
      if (!closes_.closes_today(i) || closes_.count(i) <= lookback_) continue;
      const std::size_t from = closes_.bar_of(i, lookback_);
      const std::size_t to = closes_.bar_of(i, skip_);
      // The older close in the newer one's unit, divided like every price that a split adjusts.
      const double base = input.market.close(from, i) / closes_.split_factor(i, from, to);
      scores.push_back(Score{.instrument = i, .value = input.market.close(to, i) / base - 1.0});
    }
  }

 private:
  std::size_t lookback_;
  std::size_t skip_;
  OwnCloses closes_;
};

class ConstantRule final : public ScoreRule {
 public:
  explicit ConstantRule(double value) : value_(value) {}
  void score(const ScoreInput& input, Scores& scores) override {
    scores.clear();
    for (const InstrumentIndex i : input.eligible) scores.push_back(Score{.instrument = i, .value = value_});
  }

 private:
  double value_;
};

}  // namespace

std::unique_ptr<ScoreRule> make_price_rule(const PriceBreakoutScoring& scoring, const Panel& prices) {
  return std::make_unique<PriceBreakoutRule>(scoring, prices);
}
std::unique_ptr<ScoreRule> make_price_rule(const MomentumScoring& scoring, const Panel& prices) {
  return std::make_unique<MomentumRule>(scoring, prices);
}
std::unique_ptr<ScoreRule> make_price_rule(const ConstantScoring& scoring, const Panel&) {
  return std::make_unique<ConstantRule>(scoring.value);
}

}  // namespace backtest
