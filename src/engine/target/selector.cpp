#include "engine/target/selector.hpp"

#include <algorithm>
#include <cmath>

#include "engine/market/cross_section.hpp"

namespace backtest {
namespace {

enum class Order { descending, ascending };

void sort_scores(Scores& scores, Order order) {
  std::sort(scores.begin(), scores.end(), [order](const Score& a, const Score& b) {
    if (a.value != b.value) return order == Order::descending ? a.value > b.value : a.value < b.value;
    return a.instrument < b.instrument;
  });
}

Candidate candidate_of(const Score& score, Side side) {
  return Candidate{.instrument = score.instrument,
                   .side = side,
                   .strength = std::abs(score.value),
                   .against_score = score.value * sign_of(side) < 0.0};
}

void take_first(const Scores& sorted, int n, Side side, Candidates& selected) {
  const std::size_t count = std::min(sorted.size(), static_cast<std::size_t>(std::max(n, 0)));
  for (std::size_t k = 0; k < count; ++k) selected.push_back(candidate_of(sorted[k], side));
}

bool both_signs(const Scores& scores) {
  const auto positive = [](const Score& s) { return s.value > 0.0; };
  const auto negative = [](const Score& s) { return s.value < 0.0; };
  return std::any_of(scores.begin(), scores.end(), positive) && std::any_of(scores.begin(), scores.end(), negative);
}

template <typename Keep>
void copy_if(const Scores& from, Scores& to, Keep keep) {
  to.clear();
  std::copy_if(from.begin(), from.end(), std::back_inserter(to), keep);
}

// Threshold and quantiles keep the order of the input.
void split_by_levels(const Scores& scores, double long_from, double short_to, bool allow_short, Candidates& selected) {
  for (const Score& score : scores) {
    if (score.value >= long_from) {
      selected.push_back(candidate_of(score, Side::long_side));
    } else if (allow_short && score.value <= short_to) {
      selected.push_back(candidate_of(score, Side::short_side));
    }
  }
}

}  // namespace

void Selector::select(const Scores& scores, Candidates& selected) {
  selected.clear();
  std::visit([&](const auto& policy) { select_by(policy, scores, selected); }, selection_);
}

void Selector::select_by(const TopNSelection& policy, const Scores& scores, Candidates& selected) {
  if (policy.long_side) {
    copy_if(scores, sorted_, [&](const Score& s) { return !policy.min_score || s.value >= *policy.min_score; });
    sort_scores(sorted_, policy.higher_is_better ? Order::descending : Order::ascending);
    take_first(sorted_, policy.n, Side::long_side, selected);
    return;
  }
  const bool limited = policy.min_score && *policy.min_score >= 0.0;
  copy_if(scores, sorted_, [&](const Score& s) { return !limited || s.value <= -*policy.min_score; });
  sort_scores(sorted_, policy.higher_is_better ? Order::ascending : Order::descending);
  take_first(sorted_, policy.n, Side::short_side, selected);
}

void Selector::select_by(const LongShortTopNSelection& policy, const Scores& scores, Candidates& selected) {
  Scores& kept = sorted_;
  copy_if(scores, kept,
          [&](const Score& s) { return policy.min_abs_score <= 0.0 || std::abs(s.value) >= policy.min_abs_score; });
  if (policy.sides == SideRule::by_sign && policy.allow_short && both_signs(kept)) {
    // The sign is the side: the largest magnitudes of each.
    sort_scores(kept, Order::descending);
    const auto positives = std::count_if(kept.begin(), kept.end(), [](const Score& s) { return s.value > 0.0; });
    take_first(kept, std::min(policy.long_n, static_cast<int>(positives)), Side::long_side, selected);
    copy_if(scores, kept, [&](const Score& s) {
      return s.value < 0.0 && (policy.min_abs_score <= 0.0 || -s.value >= policy.min_abs_score);
    });
    sort_scores(kept, Order::ascending);
    take_first(kept, policy.short_n, Side::short_side, selected);
    return;
  }
  sort_scores(kept, policy.long_if_high ? Order::descending : Order::ascending);
  take_first(kept, policy.long_n, Side::long_side, selected);
  if (!policy.allow_short) return;
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(selected.size()));
  sort_scores(kept, policy.long_if_high ? Order::ascending : Order::descending);
  take_first(kept, policy.short_n, Side::short_side, selected);
}

void Selector::select_by(const ThresholdSelection& policy, const Scores& scores, Candidates& selected) {
  split_by_levels(scores, policy.long_if_gte, policy.short_if_lte, policy.allow_short, selected);
}

void Selector::select_by(const QuantilesSelection& policy, const Scores& scores, Candidates& selected) {
  if (scores.empty()) return;
  values_.clear();
  for (const Score& score : scores) values_.push_back(score.value);
  std::sort(values_.begin(), values_.end());
  split_by_levels(scores, quantile_of(values_, policy.long_q), quantile_of(values_, policy.short_q), policy.allow_short,
                  selected);
}

// A score of 0 asks for no position: it closes one that is held (STR-8).
void Selector::select_by(const SignedSelection& policy, const Scores& scores, Candidates& selected) {
  for (const Score& score : scores) {
    if (std::abs(score.value) < policy.min_abs_score) continue;
    if (score.value < 0.0 && !policy.allow_short) continue;
    const Side side = score.value > 0.0 ? Side::long_side : score.value < 0.0 ? Side::short_side : Side::none;
    selected.push_back(candidate_of(score, side));
  }
}

const Scores& Selector::ranked(const Scores& scores, Side side) {
  bool high_is_long = true;
  std::optional<double> longs_from;  // also eligible as longs, whatever the sign
  if (const auto* top = std::get_if<TopNSelection>(&selection_)) {
    high_is_long = top->higher_is_better;
    if (top->long_side) longs_from = top->min_score.value_or(-std::numeric_limits<double>::infinity());
  }
  bool signed_scores = both_signs(scores);
  if (const auto* top = std::get_if<LongShortTopNSelection>(&selection_)) {
    signed_scores &= top->sides == SideRule::by_sign;
    high_is_long = signed_scores || top->long_if_high;
  }
  copy_if(scores, sorted_, [&](const Score& s) {
    if (side == Side::long_side && longs_from) return s.value > 0.0 || s.value >= *longs_from;
    return !signed_scores || (side == Side::long_side ? s.value > 0.0 : s.value < 0.0);
  });
  sort_scores(sorted_, (side == Side::long_side) == high_is_long ? Order::descending : Order::ascending);
  return sorted_;
}

}  // namespace backtest
