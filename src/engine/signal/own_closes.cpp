#include "engine/signal/own_closes.hpp"

#include <cmath>

namespace backtest {

OwnCloses::OwnCloses(std::size_t instruments)
    : first_bar_(instruments, never), gaps_(instruments), splits_(instruments) {}

void OwnCloses::advance(const MarketView& market) {
  for (; next_bar_ <= market.bar(); ++next_bar_) {
    const auto bar = static_cast<std::uint32_t>(next_bar_);
    const auto close = market.close_row(bar);
    for (std::size_t i = 0; i < close.size(); ++i) {
      if (std::isnan(close[i])) {
        if (first_bar_[i] != never) gaps_[i].push_back(bar);
      } else if (first_bar_[i] == never) {
        first_bar_[i] = bar;
      }
    }
    const auto split = market.split_row(bar);
    for (std::size_t i = 0; i < split.size(); ++i) {
      if (!std::isnan(split[i]) && split[i] != 1.0) splits_[i].push_back(Split{.bar = bar, .ratio = split[i]});
    }
  }
}

bool OwnCloses::closes_today(InstrumentIndex i) const {
  return first_bar_[i] != never && (gaps_[i].empty() || gaps_[i].back() + 1 != next_bar_);
}

std::size_t OwnCloses::count(InstrumentIndex i) const {
  return first_bar_[i] == never ? 0 : next_bar_ - first_bar_[i] - gaps_[i].size();
}

std::size_t OwnCloses::bar_of(InstrumentIndex i, std::size_t back) const {
  std::size_t bar = next_bar_ - 1 - back;
  for (auto gap = gaps_[i].rbegin(); gap != gaps_[i].rend() && *gap >= bar; ++gap) --bar;
  return bar;
}

double OwnCloses::split_factor(InstrumentIndex i, std::size_t after, std::size_t to) const {
  double factor = 1.0;
  for (const Split& split : splits_[i]) {
    if (split.bar > after && split.bar <= to) factor *= split.ratio;
  }
  return factor;
}

}  // namespace backtest
