// The instruments that are eligible at a bar (CS-5): a source, then filters in order. Lookbacks see prices adjusted for
// splits up to t, but min_dollar_volume and min_adv take volume as traded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"

namespace backtest {

class EligibilityFilter;

class Universe {
 public:
  // Throws InvalidInput when a column that a filter reads does not exist.
  Universe(const UniversePolicy& policy, const Panel& prices, const SignalPanel* signals);
  ~Universe();
  Universe(Universe&&) noexcept;

  // Eligible instruments, ascending; valid until the next call. Need not be called at every bar, but in order: what a
  // filter missed it catches up on.
  const std::vector<InstrumentIndex>& at(const MarketView& market);

 private:
  void read_listings(const MarketView& market);

  UniverseSource source_;
  std::vector<std::unique_ptr<EligibilityFilter>> filters_;
  std::vector<InstrumentIndex> eligible_;
  std::vector<std::uint8_t> listed_;  // 1 = has had a row
  std::size_t next_bar_ = 0;
};

}  // namespace backtest
