// Bars and signal columns -> one raw score per instrument (CS-7, and the presets' own of STR-8 and STR-9).
#pragma once

#include <memory>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"
#include "engine/model/score.hpp"
#include "engine/signal/signal_table.hpp"

namespace backtest {

// What a rule may read at a bar. `table` has been read for it.
struct ScoreInput {
  const MarketView& market;
  const std::vector<InstrumentIndex>& eligible;  // ascending
  const SignalTable& table;
};

class ScoreRule {
 public:
  virtual ~ScoreRule() = default;
  // Replaces `scores` by today's, ascending by instrument, finite. Called in order of bars, not necessarily for each.
  virtual void score(const ScoreInput& input, Scores& scores) = 0;
};

// Throws InvalidInput when a column that the scoring reads does not exist.
std::unique_ptr<ScoreRule> make_score_rule(const Scoring& scoring, SignalTable& table, const Panel& prices);

// The groups below are make_score_rule()'s parts.
std::unique_ptr<ScoreRule> make_column_rule(const ColumnScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_column_rule(const WeightedSumScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_column_rule(const MaxOfScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_event_rule(const EpisodicPivotScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_event_rule(const BreakoutClassScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_event_rule(const EpisodicPivotClassScoring& scoring, SignalTable& table);
std::unique_ptr<ScoreRule> make_price_rule(const PriceBreakoutScoring& scoring, const Panel& prices);
std::unique_ptr<ScoreRule> make_price_rule(const MomentumScoring& scoring, const Panel& prices);
std::unique_ptr<ScoreRule> make_price_rule(const ConstantScoring& scoring, const Panel& prices);

}  // namespace backtest
