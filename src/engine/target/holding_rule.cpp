#include "engine/target/holding_rule.hpp"

#include <algorithm>
#include <cmath>

namespace backtest {
namespace {

// A held position's score where nothing newer is known: the last output, else one of its side.
Candidate last_known(const PositionState& state) {
  if (state.last) return *state.last;
  return Candidate{.instrument = state.instrument, .side = state.side, .strength = 1.0};
}

template <typename Range>
auto find_by_instrument(Range& range, InstrumentIndex i) {
  const auto found = std::lower_bound(range.begin(), range.end(), i,
                                      [](const auto& c, InstrumentIndex k) { return c.instrument < k; });
  return found != range.end() && found->instrument == i ? found : range.end();
}

// Selected candidates by instrument: selection order matters to nobody after the selector.
class SelectedByInstrument {
 public:
  const Candidates& of(const Candidates& selected) {
    sorted_ = selected;
    const auto before = [](const Candidate& a, const Candidate& b) { return a.instrument < b.instrument; };
    if (!std::is_sorted(sorted_.begin(), sorted_.end(), before)) std::sort(sorted_.begin(), sorted_.end(), before);
    return sorted_;
  }

 private:
  Candidates sorted_;
};

// Walks selected and held in step. `unselected` answers what a held position without a selection becomes.
template <typename Unselected>
void overlay(const Candidates& selected, std::vector<PositionState>& held, WantedBook& book, Unselected unselected) {
  book.clear();
  auto next = selected.begin();
  for (PositionState& state : held) {
    while (next != selected.end() && next->instrument < state.instrument) book.push_back({.candidate = *next++});
    if (next != selected.end() && next->instrument == state.instrument) {
      book.push_back({.candidate = *next++});
    } else if (std::optional<WantedPosition> kept = unselected(state)) {
      book.push_back(*kept);
    }
  }
  while (next != selected.end()) book.push_back({.candidate = *next++});
}

class ReplaceAllRule final : public HoldingRule {
 public:
  explicit ReplaceAllRule(const ReplaceAllHolding& policy) : policy_(policy) {}

  void merge(const HoldingInput& input, WantedBook& book) override {
    static const Candidates nothing;
    const bool drop = input.rebalancing && policy_.exit_if_not_selected;
    const Candidates& selected = input.rebalancing ? by_instrument_.of(input.selected) : nothing;
    overlay(selected, input.held, book, [&](const PositionState& state) -> std::optional<WantedPosition> {
      if (drop) return std::nullopt;
      return WantedPosition{.candidate = score_of(state, input.raw)};
    });
  }
  bool needs_raw_scores() const override { return policy_.refresh_held_scores; }

 private:
  Candidate score_of(const PositionState& state, const Scores& raw) const {
    if (!policy_.refresh_held_scores) return last_known(state);
    const auto score = find_by_instrument(raw, state.instrument);
    if (score == raw.end()) return last_known(state);
    Candidate refreshed{.instrument = state.instrument, .side = state.side, .strength = std::abs(score->value)};
    if (policy_.refresh_mode == RefreshMode::raw && score->value != 0.0) {
      refreshed.side = score->value > 0.0 ? Side::long_side : Side::short_side;
    }
    refreshed.against_score = score->value * sign_of(refreshed.side) < 0.0;
    return refreshed;
  }

  ReplaceAllHolding policy_;
  SelectedByInstrument by_instrument_;
};

// Keeps a held position while its rank on its own side is within a multiple of the number selected there.
class StickyRule final : public HoldingRule {
 public:
  explicit StickyRule(const StickyHolding& policy) : policy_(policy) {}

  void merge(const HoldingInput& input, WantedBook& book) override {
    static const Candidates nothing;
    if (input.rebalancing) {
      find_kept(input, Side::long_side, kept_longs_);
      find_kept(input, Side::short_side, kept_shorts_);
    }
    const Candidates& selected = input.rebalancing ? by_instrument_.of(input.selected) : nothing;
    overlay(selected, input.held, book, [&](const PositionState& state) -> std::optional<WantedPosition> {
      const auto& kept = state.side == Side::long_side ? kept_longs_ : kept_shorts_;
      if (input.rebalancing && !std::binary_search(kept.begin(), kept.end(), state.instrument)) return std::nullopt;
      return WantedPosition{.candidate = last_known(state)};
    });
  }
  int reentry_cooldown_bars() const override { return policy_.reentry_cooldown_days.value_or(0); }

 private:
  void find_kept(const HoldingInput& input, Side side, std::vector<InstrumentIndex>& kept) const {
    const auto count = std::count_if(input.selected.begin(), input.selected.end(),
                                     [side](const Candidate& c) { return c.side == side; });
    const double wanted =
        policy_.keep_if_rank_within_multiple * static_cast<double>(std::max<std::ptrdiff_t>(count, 1));
    const double within = std::nearbyint(wanted);  // half to even (NUM-10)
    kept.clear();
    for (const Score& score : input.selector.ranked(input.raw, side)) {
      if (static_cast<double>(kept.size()) >= within) break;
      if (policy_.keep_min_abs_score && std::abs(score.value) < *policy_.keep_min_abs_score) continue;
      kept.push_back(score.instrument);
    }
    std::sort(kept.begin(), kept.end());
  }

  StickyHolding policy_;
  SelectedByInstrument by_instrument_;
  std::vector<InstrumentIndex> kept_longs_;
  std::vector<InstrumentIndex> kept_shorts_;
};

class GracePeriodRule final : public HoldingRule {
 public:
  explicit GracePeriodRule(const GracePeriodHolding& policy) : policy_(policy) {}

  void merge(const HoldingInput& input, WantedBook& book) override {
    static const Candidates nothing;
    const Candidates& selected = input.rebalancing ? by_instrument_.of(input.selected) : nothing;
    overlay(selected, input.held, book, [&](const PositionState& state) -> std::optional<WantedPosition> {
      const auto bars_held = static_cast<std::ptrdiff_t>(input.bar - state.entry_bar);
      if (input.rebalancing && !policy_.exit_only_on_risk && bars_held >= policy_.min_hold_days) return std::nullopt;
      return WantedPosition{.candidate = last_known(state)};
    });
  }

 private:
  GracePeriodHolding policy_;
  SelectedByInstrument by_instrument_;
};

// Lets go of a position step by step, on every bar, once it is not selected.
class DecayRule final : public HoldingRule {
 public:
  explicit DecayRule(const DecayHolding& policy) : policy_(policy) {}

  void merge(const HoldingInput& input, WantedBook& book) override {
    const Candidates& selected = by_instrument_.of(input.selected);
    // Here alone: as the base of a hybrid its names reach the overlay as selected, and must go on shrinking.
    for (PositionState& state : input.held) {
      if (find_by_instrument(selected, state.instrument) != selected.end()) state.dropped_since.reset();
    }
    overlay(selected, input.held, book, [&](PositionState& state) -> std::optional<WantedPosition> {
      if (!state.dropped_since) state.dropped_since = input.bar;
      const auto bars = static_cast<double>(input.bar - *state.dropped_since);
      if (policy_.decay_days <= 0)
        return WantedPosition{.candidate = last_known(state), .scale = policy_.dropped_scale};
      if (bars >= policy_.decay_days) return std::nullopt;
      const double scale = 1.0 - (bars / policy_.decay_days) * (1.0 - policy_.dropped_scale);
      return WantedPosition{.candidate = last_known(state), .scale = std::clamp(scale, 0.0, 1.0)};
    });
  }
  bool acts_off_schedule() const override { return true; }

 private:
  DecayHolding policy_;
  SelectedByInstrument by_instrument_;
};

// The base's result is what the overlay sees as selected; where both scale, the overlay's scale holds.
class HybridRule final : public HoldingRule {
 public:
  HybridRule(std::unique_ptr<HoldingRule> base, std::unique_ptr<HoldingRule> over)
      : base_(std::move(base)), overlay_(std::move(over)) {}

  void merge(const HoldingInput& input, WantedBook& book) override {
    base_->merge(input, base_book_);
    base_result_.clear();
    for (const WantedPosition& wanted : base_book_) base_result_.push_back(wanted.candidate);
    const HoldingInput inner{.rebalancing = input.rebalancing,
                             .selected = base_result_,
                             .held = input.held,
                             .raw = input.raw,
                             .selector = input.selector,
                             .bar = input.bar};
    overlay_->merge(inner, book);
    auto base = base_book_.begin();
    for (WantedPosition& wanted : book) {
      while (base != base_book_.end() && base->candidate.instrument < wanted.candidate.instrument) ++base;
      const bool in_base = base != base_book_.end() && base->candidate.instrument == wanted.candidate.instrument;
      if (in_base && wanted.scale == 1.0) wanted.scale = base->scale;
    }
  }
  bool needs_raw_scores() const override { return base_->needs_raw_scores() || overlay_->needs_raw_scores(); }
  bool acts_off_schedule() const override { return base_->acts_off_schedule() || overlay_->acts_off_schedule(); }
  int reentry_cooldown_bars() const override {
    return std::max(base_->reentry_cooldown_bars(), overlay_->reentry_cooldown_bars());
  }

 private:
  std::unique_ptr<HoldingRule> base_;
  std::unique_ptr<HoldingRule> overlay_;
  WantedBook base_book_;
  Candidates base_result_;
};

struct RuleMaker {
  using Made = std::unique_ptr<HoldingRule>;
  Made operator()(const ReplaceAllHolding& p) const { return std::make_unique<ReplaceAllRule>(p); }
  Made operator()(const StickyHolding& p) const { return std::make_unique<StickyRule>(p); }
  Made operator()(const GracePeriodHolding& p) const { return std::make_unique<GracePeriodRule>(p); }
  Made operator()(const DecayHolding& p) const { return std::make_unique<DecayRule>(p); }
  Made operator()(const HybridHolding& p) const {
    return std::make_unique<HybridRule>(std::visit(*this, p.base), std::visit(*this, p.overlay));
  }
};

}  // namespace

std::unique_ptr<HoldingRule> make_holding_rule(const HoldingPolicy& policy) {
  return std::visit(RuleMaker{}, policy);
}

}  // namespace backtest
