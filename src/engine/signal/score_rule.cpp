#include "engine/signal/score_rule.hpp"

#include "engine/market/cross_section.hpp"

namespace backtest {
namespace {

class RankRule final : public ScoreRule {
 public:
  RankRule(std::unique_ptr<ScoreRule> base, const RankTransformScoring& policy)
      : base_(std::move(base)), method_(policy.method), ascending_(policy.ascending) {}

  void score(const ScoreInput& input, Scores& scores) override {
    base_->score(input, scores);
    values_.clear();
    for (const Score& s : scores) values_.push_back(ascending_ ? s.value : -s.value);
    if (method_ == RankMethod::percentile) {
      to_rank_percentiles(values_, order_);
    } else {
      to_dense_ranks(values_, order_);
    }
    for (std::size_t k = 0; k < scores.size(); ++k) scores[k].value = values_[k];
  }

 private:
  std::unique_ptr<ScoreRule> base_;
  RankMethod method_;
  bool ascending_;
  std::vector<double> values_;
  std::vector<std::size_t> order_;
};

struct RuleMaker {
  SignalTable& table;
  const Panel& prices;
  using Made = std::unique_ptr<ScoreRule>;

  Made operator()(const ColumnScoring& s) const { return make_column_rule(s, table); }
  Made operator()(const WeightedSumScoring& s) const { return make_column_rule(s, table); }
  Made operator()(const MaxOfScoring& s) const { return make_column_rule(s, table); }
  Made operator()(const std::shared_ptr<const RankTransformScoring>& s) const {
    return std::make_unique<RankRule>(make_score_rule(s->base, table, prices), *s);
  }
  Made operator()(const EpisodicPivotScoring& s) const { return make_event_rule(s, table); }
  Made operator()(const BreakoutClassScoring& s) const { return make_event_rule(s, table); }
  Made operator()(const EpisodicPivotClassScoring& s) const { return make_event_rule(s, table); }
  Made operator()(const PriceBreakoutScoring& s) const { return make_price_rule(s, prices); }
  Made operator()(const MomentumScoring& s) const { return make_price_rule(s, prices); }
  Made operator()(const ConstantScoring& s) const { return make_price_rule(s, prices); }
};

}  // namespace

std::unique_ptr<ScoreRule> make_score_rule(const Scoring& scoring, SignalTable& table, const Panel& prices) {
  return std::visit(RuleMaker{.table = table, .prices = prices}, scoring);
}

}  // namespace backtest
