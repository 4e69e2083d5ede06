// Raw scores -> what a rebalance wants, each with its side (CS-8, W-26), in the selection's order.
#pragma once

#include <vector>

#include "engine/model/pipeline_policy.hpp"
#include "engine/model/score.hpp"

namespace backtest {

class Selector {
 public:
  explicit Selector(const Selection& selection) : selection_(selection) {}

  // Replaces `selected`. Scores are ascending by instrument; ties stay so.
  void select(const Scores& scores, Candidates& selected);

  // All instruments that could be on that side, best first, whatever the number or the threshold that select() stops
  // at: what "rank" means to the sticky holding policy.
  const Scores& ranked(const Scores& scores, Side side);

 private:
  void select_by(const TopNSelection& policy, const Scores& scores, Candidates& selected);
  void select_by(const LongShortTopNSelection& policy, const Scores& scores, Candidates& selected);
  void select_by(const ThresholdSelection& policy, const Scores& scores, Candidates& selected);
  void select_by(const QuantilesSelection& policy, const Scores& scores, Candidates& selected);
  void select_by(const SignedSelection& policy, const Scores& scores, Candidates& selected);

  Selection selection_;
  Scores sorted_;
  std::vector<double> values_;
};

}  // namespace backtest
