// Targets beside what is held, in one ascending walk.
#pragma once

#include <span>

#include "engine/model/portfolio_view.hpp"

namespace backtest {

template <typename Visit>
void walk_targets(const TargetWeights& targets, std::span<const HeldPosition> held, Visit visit) {
  auto position = held.begin();
  for (const InstrumentWeight& target : targets.weights) {
    for (; position != held.end() && position->instrument < target.instrument; ++position) {
      if (targets.whole_book) visit(position->instrument, position->shares, 0.0);
    }
    const bool is_held = position != held.end() && position->instrument == target.instrument;
    visit(target.instrument, is_held ? position->shares : 0.0, target.weight);
    if (is_held) ++position;
  }
  if (!targets.whole_book) return;
  for (; position != held.end(); ++position) visit(position->instrument, position->shares, 0.0);
}

// Calls visit(instrument, shares held, target weight) for every name that the targets decide on: those with a weight
// and, where they speak for the whole book, held names without one, whose weight is then 0. Kept names are left out.
template <typename Visit>
void for_each_target(const TargetWeights& targets, std::span<const HeldPosition> held, Visit visit) {
  if (targets.kept.empty()) return walk_targets(targets, held, visit);  // as good as always
  auto kept = targets.kept.begin();
  walk_targets(targets, held, [&](InstrumentIndex instrument, double shares, double weight) {
    while (kept != targets.kept.end() && *kept < instrument) ++kept;
    if (kept == targets.kept.end() || *kept != instrument) visit(instrument, shares, weight);
  });
}

}  // namespace backtest
