#include "engine/proposed_weights.hpp"

#include <algorithm>

namespace backtest {

void ProposedWeights::replace(std::span<const InstrumentWeight> weights, const WantedBook& book) {
  std::fill(weight_.begin(), weight_.end(), 0.0);
  std::fill(scale_.begin(), scale_.end(), 1.0);
  for (const InstrumentWeight& row : weights) weight_[row.instrument] = row.weight;
  for (const WantedPosition& wanted : book) scale_[wanted.candidate.instrument] = wanted.scale;
  count_ = weights.size();
}

void ProposedWeights::release(std::span<const InstrumentIndex> changed, const WantedBook& book) {
  auto wanted = book.begin();
  for (const InstrumentIndex i : changed) {
    while (wanted != book.end() && wanted->candidate.instrument < i) ++wanted;
    const bool in_book = wanted != book.end() && wanted->candidate.instrument == i;
    if (!in_book) weight_[i] = 0.0;
    scale_[i] = in_book ? wanted->scale : 1.0;
  }
}

Proposal ProposedWeights::proposal(bool scheduled, const std::vector<InstrumentIndex>& changed) const {
  Proposal proposal;
  proposal.scheduled = scheduled;
  if (!scheduled) proposal.changed = changed;
  proposal.allocations.reserve(count_);
  for (InstrumentIndex i = 0; i < weight_.size(); ++i) {
    if (weight_[i] == 0.0) continue;
    proposal.allocations.push_back({.instrument = i, .weight = weight_[i], .scale = scale_[i]});
  }
  return proposal;
}

}  // namespace backtest
