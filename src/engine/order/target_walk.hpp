// Targets beside what is held, in one ascending walk.
#pragma once

#include <span>

#include "engine/model/portfolio_view.hpp"

namespace backtest {

// Calls visit(instrument, shares held, target weight) for every name that the targets decide on: those with a weight
// and, where they speak for the whole book, held names without one, whose weight is then 0. Kept names are left out.
template <typename Visit>
void for_each_target(const TargetWeights& targets, std::span<const HeldPosition> held, Visit visit) {
  auto kept = targets.kept.begin();
  const auto visit_unless_kept = [&](InstrumentIndex instrument, double shares, double weight) {
    while (kept != targets.kept.end() && *kept < instrument) ++kept;
    if (kept == targets.kept.end() || *kept != instrument) visit(instrument, shares, weight);
  };
  auto position = held.begin();
  for (const InstrumentWeight& target : targets.weights) {
    for (; position != held.end() && position->instrument < target.instrument; ++position) {
      if (targets.whole_book) visit_unless_kept(position->instrument, position->shares, 0.0);
    }
    const bool is_held = position != held.end() && position->instrument == target.instrument;
    visit_unless_kept(target.instrument, is_held ? position->shares : 0.0, target.weight);
    if (is_held) ++position;
  }
  if (!targets.whole_book) return;
  for (; position != held.end(); ++position) visit_unless_kept(position->instrument, position->shares, 0.0);
}

}  // namespace backtest
