// The signal side of a pipeline: who may be chosen at a bar, and the raw score of each.
#pragma once

#include <memory>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"
#include "engine/model/score.hpp"
#include "engine/signal/score_rule.hpp"
#include "engine/signal/universe.hpp"

namespace backtest {

class Scorer {
 public:
  // Throws InvalidInput for a column that does not exist.
  Scorer(const PipelinePolicy& policy, const Panel& prices, const SignalPanel* signals);

  void read(const MarketView& market);

  // As of the last read(), of whatever bar; both ascend by instrument.
  const std::vector<InstrumentIndex>& eligible() const { return *eligible_; }
  const Scores& scores() const { return scores_; }

 private:
  Universe universe_;
  SignalTable table_;
  std::unique_ptr<ScoreRule> rule_;
  const std::vector<InstrumentIndex>* eligible_ = nullptr;
  Scores scores_;
};

}  // namespace backtest
