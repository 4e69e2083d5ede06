#include "engine/sleeve.hpp"

#include "engine/weight_normalization.hpp"

namespace backtest {

namespace {

const TargetTable* table_of(const LegPolicy& leg, const MarketData& market) {
  const auto* policy = std::get_if<TargetWeightsPolicy>(&leg.strategy);
  return policy != nullptr ? &market.targets[policy->table] : nullptr;
}

}  // namespace

Sleeve::Sleeve(const LegPolicy& leg, std::uint32_t leg_index, double alpha, const Policy& policy,
               const MarketData& market, const Book& book, bool continues)
    : leg_(leg),
      leg_index_(leg_index),
      alpha_(alpha),
      strategy_(leg.strategy, leg.sizer, policy.constraints.stop_loss, market.prices,
                market.signals ? &*market.signals : nullptr, table_of(leg, market)),
      account_(policy.broker, policy.delist_after_bars, market.prices, book, continues) {}

Sleeve::Emission Sleeve::decide(const MarketView& market, std::vector<DebugRow>* debug) {
  changed_.clear();
  const std::optional<Proposal> proposal =
      strategy_.decide(market, account_.ledger().view(), static_cast<std::int32_t>(leg_index_), debug);
  if (!proposal) return Emission::silent;
  if (proposal->scheduled) {
    take_scheduled(*proposal);
    return Emission::scheduled;
  }
  take_changed(*proposal);
  return Emission::off_schedule;
}

void Sleeve::take_scheduled(const Proposal& proposal) {
  WeightNormalizer normalizer;
  for (const Allocation& allocation : proposal.allocations) normalizer.add(allocation.weight);
  factor_ = normalizer.factor(leg_.normalize, leg_.target_gross, leg_.target_net);
  weights_.clear();
  for (const Allocation& allocation : proposal.allocations) {
    const double weight = allocation.weight * factor_ * allocation.scale;
    if (WeightNormalizer::counts(weight)) weights_.push_back({allocation.instrument, weight});
  }
}

void Sleeve::take_changed(const Proposal& proposal) {
  changed_.assign(proposal.changed.begin(), proposal.changed.end());
  merged_.clear();
  auto last = weights_.cbegin();
  auto wanted = proposal.allocations.cbegin();
  for (const InstrumentIndex instrument : changed_) {
    while (last != weights_.cend() && last->instrument < instrument) merged_.push_back(*last++);
    if (last != weights_.cend() && last->instrument == instrument) ++last;
    while (wanted != proposal.allocations.cend() && wanted->instrument < instrument) ++wanted;
    if (wanted == proposal.allocations.cend() || wanted->instrument != instrument) continue;
    const double weight = wanted->weight * factor_ * wanted->scale;
    if (WeightNormalizer::counts(weight)) merged_.push_back({instrument, weight});
  }
  merged_.insert(merged_.end(), last, weights_.cend());
  weights_.swap(merged_);
}

TargetWeights& Sleeve::plan() {
  planned_ = true;
  targets_.whole_book = true;
  targets_.weights.clear();
  targets_.kept.clear();
  return targets_;
}

void Sleeve::open_bar(std::size_t bar) {
  fills_.clear();
  rejects_.clear();
  account_.open_bar(bar, fills_);
}

void Sleeve::execute(std::size_t bar) {
  if (!planned_ && !account_.waits()) return;
  account_.execute(bar, planned_ ? &targets_ : nullptr, fills_, rejects_);
  planned_ = false;
}

}  // namespace backtest
