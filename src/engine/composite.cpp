#include "engine/composite.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "engine/model/tolerance.hpp"
#include "engine/opening_book.hpp"
#include "engine/weight_normalization.hpp"

namespace backtest {

Composite::Composite(const CompositePolicy& composite, const Policy& policy, const MarketData& market, const Book& book,
                     bool continues)
    : policy_(composite),
      prices_(market.prices),
      before_(market.prices.instrument_count(), 0.0),
      after_(market.prices.instrument_count(), 0.0) {
  double total = 0.0;
  for (const LegPolicy& leg : composite.legs) total += leg.enabled ? leg.weight : 0.0;
  sleeves_.reserve(composite.legs.size());
  for (std::uint32_t index = 0; index < composite.legs.size(); ++index) {
    const LegPolicy& leg = composite.legs[index];
    if (!leg.enabled) continue;
    const double alpha = leg.weight / total;
    sleeves_.emplace_back(leg, index, alpha, policy, market, share_of(book, alpha), continues);
  }
}

void Composite::open_bar(std::size_t bar) {
  for (Sleeve& sleeve : sleeves_) sleeve.open_bar(bar);
}

void Composite::execute(std::size_t bar) {
  for (Sleeve& sleeve : sleeves_) sleeve.execute(bar);
}

void Composite::mark(std::size_t bar) {
  for (Sleeve& sleeve : sleeves_) sleeve.mark(bar);
}

std::optional<Proposal> Composite::decide(const MarketView& market, std::vector<DebugRow>* debug) {
  bool silent = true;
  bool scheduled = false;
  for (Sleeve& sleeve : sleeves_) {
    const Sleeve::Emission emission = sleeve.decide(market, debug);
    silent &= emission == Sleeve::Emission::silent;
    scheduled |= emission == Sleeve::Emission::scheduled;
  }
  if (silent) return std::nullopt;
  return blend(scheduled);
}

Proposal Composite::blend(bool scheduled) {
  Proposal proposal{.scheduled = scheduled, .allocations = {}, .changed = {}};
  std::fill(before_.begin(), before_.end(), 0.0);
  for (const Sleeve& sleeve : sleeves_) {
    for (const InstrumentWeight& row : sleeve.weights()) before_[row.instrument] += sleeve.alpha() * row.weight;
    if (!scheduled) {
      proposal.changed.insert(proposal.changed.end(), sleeve.changed().begin(), sleeve.changed().end());
    }
  }
  std::sort(proposal.changed.begin(), proposal.changed.end());
  proposal.changed.erase(std::unique(proposal.changed.begin(), proposal.changed.end()), proposal.changed.end());

  if (scheduled) {
    WeightNormalizer normalizer;
    for (const double weight : before_) normalizer.add(weight);
    final_factor_ = normalizer.factor(policy_.normalize_final, policy_.target_gross, policy_.target_net);
  }
  for (InstrumentIndex i = 0; i < before_.size(); ++i) {
    const double weight = before_[i];
    before_[i] = std::abs(weight) >= epsilon ? weight * final_factor_ : 0.0;
    if (before_[i] != 0.0) proposal.allocations.push_back({.instrument = i, .weight = before_[i]});
  }
  return proposal;
}

void Composite::settle(std::uint32_t bar, const Proposal& blend, const TargetWeights& targets,
                       SimulationResult& result) {
  if (!policy_.allow_overlap) check_overlap(blend);
  plan_sleeves(blend.scheduled, targets);
  record(bar, blend, targets, result);
}

void Composite::check_overlap(const Proposal& blend) {
  for (const Allocation& allocation : blend.allocations) {
    const auto holds = [&](const Sleeve& sleeve) {
      const auto weights = sleeve.weights();
      const auto found = std::ranges::lower_bound(weights, allocation.instrument, {}, &InstrumentWeight::instrument);
      return found != weights.end() && found->instrument == allocation.instrument;
    };
    if (std::ranges::count_if(sleeves_, holds) > 1) {
      throw std::runtime_error("strategy.blend.allow_overlap is false, but several legs want " +
                               prices_.instruments[allocation.instrument]);
    }
  }
}

void Composite::plan_sleeves(bool scheduled, const TargetWeights& targets) {
  std::fill(after_.begin(), after_.end(), 0.0);
  for (const InstrumentWeight& row : targets.weights) after_[row.instrument] = row.weight;
  for (Sleeve& sleeve : sleeves_) {
    if (!scheduled && sleeve.changed().empty()) continue;
    TargetWeights& plan = sleeve.plan();
    plan.whole_book = scheduled;
    plan.kept = targets.kept;  // what the book holds back, no sleeve trades
    const double alpha = sleeve.alpha();
    if (alpha <= epsilon) continue;
    const auto share = [&](const InstrumentWeight& row) {
      const double before = before_[row.instrument];
      if (std::abs(before) < epsilon) return 0.0;
      const double weight = ((alpha * row.weight) * (after_[row.instrument] / before)) / alpha;
      return std::abs(weight) >= epsilon ? weight : 0.0;
    };
    const auto weights = sleeve.weights();
    if (scheduled) {
      for (const InstrumentWeight& row : weights) {
        if (const double weight = share(row); weight != 0.0) plan.weights.push_back({row.instrument, weight});
      }
      continue;
    }
    for (const InstrumentIndex instrument : sleeve.changed()) {
      const auto found = std::ranges::lower_bound(weights, instrument, {}, &InstrumentWeight::instrument);
      const bool wanted = found != weights.end() && found->instrument == instrument;
      plan.weights.push_back({instrument, wanted ? share(*found) : 0.0});
    }
  }
}

void Composite::record(std::uint32_t bar, const Proposal& blend, const TargetWeights& targets,
                       SimulationResult& result) const {
  for (const Sleeve& sleeve : sleeves_) {
    for (const InstrumentWeight& row : sleeve.weights()) {
      result.leg_weights.push_back({.bar = bar,
                                    .leg = sleeve.leg_index(),
                                    .instrument = row.instrument,
                                    .alpha = sleeve.alpha(),
                                    .weight = row.weight});
    }
  }
  for (const Allocation& row : blend.allocations) {
    result.blend_pre_constraints.push_back({.bar = bar, .instrument = row.instrument, .weight = row.weight});
  }
  const auto residual_leg = static_cast<std::uint32_t>(policy_.legs.size());
  for (const InstrumentWeight& row : targets.weights) {
    if (row.weight == 0.0) continue;
    result.blend_post_constraints.push_back({.bar = bar, .instrument = row.instrument, .weight = row.weight});
    if (std::abs(before_[row.instrument]) >= epsilon) continue;
    result.leg_weights.push_back(
        {.bar = bar, .leg = residual_leg, .instrument = row.instrument, .alpha = 1.0, .weight = row.weight});
  }
}

bool Composite::waits() const {
  return std::ranges::any_of(sleeves_, &Sleeve::waits);
}

void Composite::add_counts(SimulationResult& result) const {
  for (const Sleeve& sleeve : sleeves_) sleeve.add_counts(result);
}

}  // namespace backtest
