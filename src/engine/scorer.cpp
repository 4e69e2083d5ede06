#include "engine/scorer.hpp"

namespace backtest {

Scorer::Scorer(const PipelinePolicy& policy, const Panel& prices, const SignalPanel* signals)
    : universe_(policy.universe, prices, signals),
      table_(policy.signals, prices, signals),
      rule_(make_score_rule(policy.scoring, table_, prices)) {}

void Scorer::read(const MarketView& market) {
  eligible_ = &universe_.at(market);
  table_.read(market, *eligible_);
  rule_->score({.market = market, .eligible = *eligible_, .table = table_}, scores_);
}

}  // namespace backtest
