// The last changes to the wanted scores (CS-11, W-27): each step keeps every position's side, except sticky_scores,
// which smooths the signed score.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/pipeline_policy.hpp"
#include "engine/target/holding_rule.hpp"
#include "engine/target/position_state.hpp"

namespace backtest {

class Postprocess {
 public:
  explicit Postprocess(std::vector<PostprocessStep> steps) : steps_(std::move(steps)) {}

  // The number below which a rebalance is skipped: enforce_min_candidates' first step, 0 = never.
  int minimum_candidates() const;
  void apply(PositionStates& states, WantedBook& book);

 private:
  void apply_step(const ClampStep& step, PositionStates& states, WantedBook& book);
  void apply_step(const NormalizeStep& step, PositionStates& states, WantedBook& book);
  void apply_step(const StickyScoresStep& step, PositionStates& states, WantedBook& book);
  void apply_step(const EnforceMinCandidatesStep&, PositionStates&, WantedBook&) {}
  void normalize_side(NormalizeMethod method, Side side, WantedBook& book);

  std::vector<PostprocessStep> steps_;
  std::vector<double> strengths_;
  std::vector<std::size_t> order_;
};

}  // namespace backtest
