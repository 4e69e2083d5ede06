// Sizers that need nothing but the wanted book: equal shares, shares by score on each side, fixed shares.
#include <algorithm>
#include <cmath>
#include <string>

#include "base/real_math.hpp"
#include "engine/model/tolerance.hpp"
#include "engine/target/sizer.hpp"

namespace backtest {
namespace {

// A score of 0 asks for nothing (SZ-1, SZ-2), unless it is only relative to others.
bool asks_for_weight(const Candidate& candidate) {
  return candidate.side != Side::none && std::isfinite(candidate.strength) &&
         (candidate.normalized || candidate.strength != 0.0);
}

bool stronger(const Candidate& a, const Candidate& b) {
  return a.strength != b.strength ? a.strength > b.strength : a.instrument < b.instrument;
}

void collect_side(const WantedBook& book, Side side, double min_abs_score, Candidates& candidates) {
  candidates.clear();
  for (const WantedPosition& wanted : book) {
    const Candidate& candidate = wanted.candidate;
    if (candidate.side != side || !asks_for_weight(candidate)) continue;
    if (std::abs(candidate.strength) >= min_abs_score) candidates.push_back(candidate);
  }
  // Equal scores come in order already, and they are common.
  if (!std::is_sorted(candidates.begin(), candidates.end(), stronger)) {
    std::sort(candidates.begin(), candidates.end(), stronger);
  }
}

// How many are dropped.
std::size_t keep_first(Candidates& candidates, int count) {
  const std::size_t kept = std::min(candidates.size(), static_cast<std::size_t>(std::max(count, 0)));
  const std::size_t dropped = candidates.size() - kept;
  candidates.resize(kept);
  return dropped;
}

std::size_t count_shorts(const WantedBook& book) {
  return static_cast<std::size_t>(std::ranges::count_if(book, [](const WantedPosition& wanted) {
    return wanted.candidate.side == Side::short_side && asks_for_weight(wanted.candidate);
  }));
}

void finish(std::vector<InstrumentWeight>& weights) {
  std::erase_if(weights, [](const InstrumentWeight& w) { return std::abs(w.weight) < epsilon; });
  const auto before = [](const InstrumentWeight& a, const InstrumentWeight& b) { return a.instrument < b.instrument; };
  if (!std::is_sorted(weights.begin(), weights.end(), before)) std::sort(weights.begin(), weights.end(), before);
}

class EqualWeight final : public Sizer {
 public:
  explicit EqualWeight(const EqualWeightSizerPolicy& policy) : policy_(policy) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    forget_left_out();
    collect_side(input.book, Side::long_side, 0.0, longs_);
    leave_out(SizerLimit::max_positions, keep_first(longs_, policy_.max_positions));
    leave_out(SizerLimit::holds_no_shorts, count_shorts(input.book));
    for (const Candidate& c : longs_) {
      weights.push_back({.instrument = c.instrument, .weight = 1.0 / static_cast<double>(longs_.size())});
    }
    finish(weights);
    return Sizing::done;
  }

 private:
  EqualWeightSizerPolicy policy_;
  Candidates longs_;
};

class LongShortScore final : public Sizer {
 public:
  explicit LongShortScore(const LongShortScoreSizerPolicy& policy) : policy_(policy) {}

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    forget_left_out();
    const double long_budget = std::max(0.0, (policy_.gross_target + policy_.net_target) / 2.0);
    const double short_budget = std::max(0.0, (policy_.gross_target - policy_.net_target) / 2.0);
    leave_out(SizerLimit::max_longs, add_side(input, Side::long_side, policy_.max_longs, long_budget, weights));
    leave_out(SizerLimit::max_shorts, add_side(input, Side::short_side, policy_.max_shorts, -short_budget, weights));
    finish(weights);
    return Sizing::done;
  }

 private:
  // How many names of the side it had no room for.
  std::size_t add_side(const SizingInput& input, Side side, int max_count, double budget,
                       std::vector<InstrumentWeight>& weights) {
    collect_side(input.book, side, policy_.min_abs_score, candidates_);
    if (policy_.sticky_holdings) pin_held(input.portfolio, side);
    const std::size_t dropped = keep_first(candidates_, max_count);
    double sum = 0.0;
    for (const Candidate& c : candidates_) sum += base_of(c);
    for (const Candidate& c : candidates_) {
      // Where no strength tells them apart (all 0 after a normalize step), all are equal.
      const double share = sum > 0.0 ? base_of(c) / sum : 1.0 / static_cast<double>(candidates_.size());
      weights.push_back({.instrument = c.instrument, .weight = share * budget});
    }
    return dropped;
  }

  // What is already held on that side comes first, each group in its order.
  void pin_held(const PortfolioView& portfolio, Side side) {
    pinned_.clear();
    others_.clear();
    for (const Candidate& c : candidates_) {
      const auto held = std::lower_bound(portfolio.held.begin(), portfolio.held.end(), c.instrument,
                                         [](const HeldPosition& h, InstrumentIndex i) { return h.instrument < i; });
      const bool is_held =
          held != portfolio.held.end() && held->instrument == c.instrument && held->shares * sign_of(side) > 0.0;
      (is_held ? pinned_ : others_).push_back(c);
    }
    candidates_ = pinned_;
    candidates_.insert(candidates_.end(), others_.begin(), others_.end());
  }

  double base_of(const Candidate& candidate) const {
    if (policy_.weight_mode == WeightMode::equal) return 1.0;
    return real_pow(std::abs(candidate.strength), policy_.score_power);
  }

  LongShortScoreSizerPolicy policy_;
  Candidates candidates_;
  Candidates pinned_;
  Candidates others_;
};

class FixedWeight final : public Sizer {
 public:
  FixedWeight(const FixedWeightSizerPolicy& policy, const Panel& prices) : weight_of_(prices.instrument_count(), 0.0) {
    for (const auto& [symbol, weight] : policy.weights) {
      const auto found = std::lower_bound(prices.instruments.begin(), prices.instruments.end(), symbol);
      if (found == prices.instruments.end() || *found != symbol) continue;
      weight_of_[static_cast<std::size_t>(found - prices.instruments.begin())] = weight;
    }
  }

  Sizing size(const SizingInput& input, std::vector<InstrumentWeight>& weights) override {
    weights.clear();
    for (const WantedPosition& wanted : input.book) {
      const InstrumentIndex i = wanted.candidate.instrument;
      if (wanted.candidate.side != Side::none) weights.push_back({.instrument = i, .weight = weight_of_[i]});
    }
    finish(weights);
    return Sizing::done;
  }

 private:
  std::vector<double> weight_of_;
};

}  // namespace

std::unique_ptr<Sizer> make_sizer(const EqualWeightSizerPolicy& policy, const Panel&) {
  return std::make_unique<EqualWeight>(policy);
}
std::unique_ptr<Sizer> make_sizer(const LongShortScoreSizerPolicy& policy, const Panel&) {
  return std::make_unique<LongShortScore>(policy);
}
std::unique_ptr<Sizer> make_sizer(const FixedWeightSizerPolicy& policy, const Panel& prices) {
  return std::make_unique<FixedWeight>(policy, prices);
}

}  // namespace backtest
