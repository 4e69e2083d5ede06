#include "engine/target/return_sample.hpp"

#include <cmath>

namespace backtest {
namespace {

bool any_close(const MarketView& market, std::size_t bar, const std::vector<InstrumentIndex>& instruments) {
  for (const InstrumentIndex i : instruments) {
    if (!std::isnan(market.close(bar, i))) return true;
  }
  return false;
}

}  // namespace

// A row needs the row before it: one more bar than rows.
std::size_t ReturnSample::first_needed_bar(const MarketView& market, const std::vector<InstrumentIndex>& instruments,
                                           const ReturnWindow& window) const {
  std::size_t first = market.bar() + 1;
  for (std::size_t found = 0; first > window.first_bar; --first) {
    if (!any_close(market, first - 1, instruments)) continue;
    if (found++ == window.max_rows) return first - 1;
  }
  return first;
}

// The last close before `bar`, in the unit of `bar`'s eve; NaN = none.
double ReturnSample::close_before(const MarketView& market, std::size_t bar, std::size_t first_bar, InstrumentIndex i) {
  double splits = 1.0;
  for (std::size_t b = bar; b > first_bar && b > no_close_before_[i]; --b) {
    const double close = market.close(b - 1, i);
    if (!std::isnan(close)) return close / splits;
    if (const double split = market.split(b - 1, i); !std::isnan(split)) splits *= split;
  }
  if (first_bar == 0 && bar > no_close_before_[i]) no_close_before_[i] = bar;
  return missing;
}

bool ReturnSample::has_close(const MarketView& market, InstrumentIndex i, const ReturnWindow& window) {
  return !std::isnan(close_before(market, market.bar() + 1, window.first_bar, i));
}

void ReturnSample::collect(const MarketView& market, const std::vector<InstrumentIndex>& instruments,
                           const ReturnWindow& window) {
  columns_ = instruments.size();
  values_.clear();
  if (columns_ == 0) return;
  const std::size_t first = first_needed_bar(market, instruments, window);
  price_.assign(columns_, missing);
  for (std::size_t k = 0; k < columns_; ++k) {
    price_[k] = close_before(market, first, window.first_bar, instruments[k]);
  }
  for (std::size_t bar = first; bar <= market.bar(); ++bar) {
    const bool is_row = any_close(market, bar, instruments);
    bool complete = is_row && bar > first;
    const std::size_t begin = values_.size();
    for (std::size_t k = 0; k < columns_; ++k) {
      const InstrumentIndex i = instruments[k];
      if (const double split = market.split(bar, i); !std::isnan(split)) price_[k] /= split;
      const double before = price_[k];
      if (const double close = market.close(bar, i); !std::isnan(close)) price_[k] = close;
      if (!is_row) continue;
      const double change = price_[k] / before - 1.0;
      complete = complete && !std::isnan(change);
      values_.push_back(change);
    }
    if (!complete) values_.resize(begin);
  }
}

}  // namespace backtest
