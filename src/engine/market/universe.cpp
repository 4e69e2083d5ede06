#include "engine/market/universe.hpp"

#include "engine/market/eligibility_filter.hpp"

namespace backtest {

Universe::Universe(const UniversePolicy& policy, const Panel& prices, const SignalPanel* signals)
    : source_(policy.source) {
  for (const UniverseFilter& filter : policy.filters) {
    if (auto made = make_filter(filter, prices, signals)) filters_.push_back(std::move(made));
  }
  eligible_.reserve(prices.instrument_count());
}

Universe::~Universe() = default;
Universe::Universe(Universe&&) noexcept = default;

const std::vector<InstrumentIndex>& Universe::at(const MarketView& market) {
  eligible_.clear();
  for (const auto& filter : filters_) filter->advance(market);
  const auto priced = market.has_row_row(market.bar());
  for (InstrumentIndex i = 0; i < market.instrument_count(); ++i) {
    if (source_ != UniverseSource::signals && priced[i] == 0) continue;
    if (source_ != UniverseSource::prices && !(market.has_signals() && market.has_signal_row(i))) continue;
    bool kept = true;
    for (const auto& filter : filters_) kept = kept && filter->keeps(market, i);
    if (kept) eligible_.push_back(i);
  }
  return eligible_;
}

}  // namespace backtest
