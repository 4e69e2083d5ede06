#include "engine/target/postprocess.hpp"

#include <algorithm>
#include <cmath>

#include "engine/market/cross_section.hpp"

namespace backtest {

int Postprocess::minimum_candidates() const {
  for (const PostprocessStep& step : steps_) {
    if (const auto* minimum = std::get_if<EnforceMinCandidatesStep>(&step)) return std::max(minimum->min_total, 0);
  }
  return 0;
}

void Postprocess::apply(PositionStates& states, WantedBook& book) {
  for (const PostprocessStep& step : steps_) {
    std::visit([&](const auto& policy) { apply_step(policy, states, book); }, step);
  }
}

// The signed score is clamped; where that would turn the side, nothing is left of the strength.
void Postprocess::apply_step(const ClampStep& step, PositionStates&, WantedBook& book) {
  for (WantedPosition& wanted : book) {
    Candidate& candidate = wanted.candidate;
    if (candidate.side == Side::none) continue;
    const double clamped = std::min(std::max(candidate.signed_score(), step.min), step.max);
    const double strength = clamped * sign_of(candidate.side);
    candidate.strength = candidate.strength >= 0.0 ? std::max(0.0, strength) : strength;
  }
}

void Postprocess::apply_step(const NormalizeStep& step, PositionStates&, WantedBook& book) {
  normalize_side(step.method, Side::long_side, book);
  normalize_side(step.method, Side::short_side, book);
}

void Postprocess::normalize_side(NormalizeMethod method, Side side, WantedBook& book) {
  strengths_.clear();
  for (const WantedPosition& wanted : book) {
    if (wanted.candidate.side == side) strengths_.push_back(wanted.candidate.strength);
  }
  switch (method) {
    case NormalizeMethod::zscore:
      to_zscores(strengths_);
      break;
    case NormalizeMethod::minmax:
      to_unit_range(strengths_);
      break;
    case NormalizeMethod::rank_percentile:
      to_rank_percentiles(strengths_, order_);
      for (double& strength : strengths_) strength = 2.0 * strength - 1.0;
      break;
  }
  auto next = strengths_.begin();
  for (WantedPosition& wanted : book) {
    if (wanted.candidate.side != side) continue;
    wanted.candidate.strength = *next++;
    wanted.candidate.normalized = true;
  }
}

void Postprocess::apply_step(const StickyScoresStep& step, PositionStates& states, WantedBook& book) {
  if (!step.enabled) return;
  for (WantedPosition& wanted : book) {
    Candidate& candidate = wanted.candidate;
    const PositionState* state = states.find(candidate.instrument);
    if (candidate.side == Side::none || state == nullptr || !state->last) continue;
    const double smoothed = step.alpha * state->last->signed_score() + (1.0 - step.alpha) * candidate.signed_score();
    if (smoothed == 0.0) {
      candidate.strength = 0.0;
    } else if (!candidate.normalized) {
      const Side side = smoothed > 0.0 ? Side::long_side : Side::short_side;
      if (side != candidate.side) candidate.against_score = !candidate.against_score;
      candidate.side = side;
      candidate.strength = std::abs(smoothed);
    } else {
      candidate.strength = smoothed * sign_of(candidate.side);
    }
  }
}

}  // namespace backtest
