#include "engine/signal/universe.hpp"

#include "engine/model/row_kind.hpp"
#include "engine/signal/eligibility_filter.hpp"

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

void Universe::read_listings(const MarketView& market) {
  listed_.resize(market.instrument_count(), 0);
  for (; next_bar_ <= market.bar(); ++next_bar_) {
    const auto rows = market.has_row_row(next_bar_);
    for (std::size_t i = 0; i < rows.size(); ++i) listed_[i] |= rows[i] == row_with_price ? 1 : 0;
  }
}

const std::vector<InstrumentIndex>& Universe::at(const MarketView& market) {
  eligible_.clear();
  for (const auto& filter : filters_) filter->advance(market);
  if (source_ == UniverseSource::listed) read_listings(market);
  const bool needs_row = source_ == UniverseSource::prices || source_ == UniverseSource::intersection;
  const bool needs_signal = source_ == UniverseSource::signals || source_ == UniverseSource::intersection;
  const auto has_row = market.has_row_row(market.bar());
  for (InstrumentIndex i = 0; i < market.instrument_count(); ++i) {
    if (needs_row && has_row[i] == 0) continue;
    if (needs_signal && !(market.has_signals() && market.has_signal_row(i))) continue;
    if (source_ == UniverseSource::listed && listed_[i] == 0) continue;
    bool kept = true;
    for (const auto& filter : filters_) kept = kept && filter->keeps(market, i);
    if (kept) eligible_.push_back(i);
  }
  return eligible_;
}

}  // namespace backtest
