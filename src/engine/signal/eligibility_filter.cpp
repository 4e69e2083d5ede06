#include "engine/signal/eligibility_filter.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/market/price_column.hpp"
#include "engine/market/price_comparison.hpp"
#include "engine/market/rolling_sum.hpp"
#include "engine/market/signal_column.hpp"

namespace backtest {
namespace {

class SymbolFilter final : public EligibilityFilter {
 public:
  SymbolFilter(const std::vector<std::string>& symbols, bool keep_listed, const Panel& prices)
      : listed_(prices.instrument_count(), 0), keep_listed_(keep_listed) {
    for (std::size_t i = 0; i < listed_.size(); ++i) {
      listed_[i] = std::find(symbols.begin(), symbols.end(), prices.instruments[i]) != symbols.end() ? 1 : 0;
    }
  }
  bool keeps(const MarketView&, InstrumentIndex i) const override { return (listed_[i] != 0) == keep_listed_; }

 private:
  std::vector<std::uint8_t> listed_;
  bool keep_listed_;
};

class PriceFloor final : public EligibilityFilter {
 public:
  PriceFloor(PriceColumn column, double floor) : column_(column), floor_(floor) {}
  bool keeps(const MarketView& market, InstrumentIndex i) const override {
    return price_at_or_above(column_.value(market, market.bar(), i), floor_);  // false when missing
  }

 private:
  PriceColumn column_;
  double floor_;
};

// Reads each bar once, in order.
class LookbackFilter : public EligibilityFilter {
 public:
  void advance(const MarketView& market) final {
    for (; next_bar_ <= market.bar(); ++next_bar_) read(market, next_bar_);
  }

 private:
  virtual void read(const MarketView& market, std::size_t bar) = 0;
  std::size_t next_bar_ = 0;
};

// Mean of the last `lookback` values of price x volume, or of volume, over bars that have them.
class MeanFloor final : public LookbackFilter {
 public:
  MeanFloor(std::optional<PriceColumn> price, PriceColumn volume, std::size_t lookback, double floor,
            std::size_t instruments)
      : price_(price), volume_(volume), floor_(floor), sums_(lookback, instruments) {}
  bool keeps(const MarketView&, InstrumentIndex i) const override {
    return sums_.full(i) && price_at_or_above(sums_.mean(i), floor_);
  }

 private:
  void read(const MarketView& market, std::size_t bar) override {
    const auto volume = volume_.row(market, bar);
    const auto price = price_ ? price_->row(market, bar) : std::span<const double>{};
    for (InstrumentIndex i = 0; i < volume.size(); ++i) {
      const double value = price_ ? price[i] * volume[i] : volume[i];
      if (!std::isnan(value)) sums_.push(i, value);
    }
  }

  std::optional<PriceColumn> price_;
  PriceColumn volume_;
  double floor_;
  RollingSum sums_;
};

class NoMissingPrices final : public LookbackFilter {
 public:
  NoMissingPrices(std::size_t window, std::size_t instruments) : window_(window), streak_(instruments, 0) {}
  bool keeps(const MarketView&, InstrumentIndex i) const override { return streak_[i] >= window_; }

 private:
  void read(const MarketView& market, std::size_t bar) override {
    const auto close = market.close_row(bar);
    for (std::size_t i = 0; i < close.size(); ++i) streak_[i] = std::isnan(close[i]) ? 0 : streak_[i] + 1;
  }

  std::size_t window_;
  std::vector<std::size_t> streak_;
};

// Standard deviation (ddof 0) of the last `lookback` returns: a column's numbers, else changes of the split-adjusted
// close from each of the instrument's own closes to the next.
class VolatilityCeiling final : public LookbackFilter {
 public:
  VolatilityCeiling(std::optional<PriceColumn> returns, std::size_t lookback, double ceiling, std::size_t instruments)
      : returns_(returns),
        ceiling_(ceiling),
        sums_(lookback, instruments),
        squares_(lookback, instruments),
        last_close_(instruments, missing) {}

  bool keeps(const MarketView&, InstrumentIndex i) const override {
    if (!sums_.full(i)) return false;
    const double mean = sums_.mean(i);
    return std::sqrt(std::max(0.0, squares_.mean(i) - mean * mean)) <= ceiling_;
  }

 private:
  void read(const MarketView& market, std::size_t bar) override {
    if (returns_) {
      const auto returns = returns_->row(market, bar);
      for (InstrumentIndex i = 0; i < returns.size(); ++i) {
        if (!std::isnan(returns[i])) push(i, returns[i]);
      }
      return;
    }
    const auto close = market.close_row(bar);
    const auto split = market.split_row(bar);
    for (InstrumentIndex i = 0; i < close.size(); ++i) {
      if (!split.empty() && !std::isnan(split[i])) last_close_[i] /= split[i];
      if (std::isnan(close[i])) continue;
      if (!std::isnan(last_close_[i])) push(i, close[i] / last_close_[i] - 1.0);
      last_close_[i] = close[i];
    }
  }

  void push(InstrumentIndex i, double value) {
    sums_.push(i, value);
    squares_.push(i, value * value);
  }

  std::optional<PriceColumn> returns_;
  double ceiling_;
  RollingSum sums_;
  RollingSum squares_;
  std::vector<double> last_close_;
};

class SignalColumnsPresent final : public EligibilityFilter {
 public:
  explicit SignalColumnsPresent(std::vector<std::size_t> columns) : columns_(std::move(columns)) {}
  bool keeps(const MarketView& market, InstrumentIndex i) const override {
    if (!market.has_signals() || !market.has_signal_row(i)) return false;
    return std::none_of(columns_.begin(), columns_.end(),
                        [&](std::size_t column) { return std::isnan(market.signal(column, i)); });
  }

 private:
  std::vector<std::size_t> columns_;
};

struct FilterMaker {
  const Panel& prices;
  const SignalPanel* signals;
  using Made = std::unique_ptr<EligibilityFilter>;

  Made operator()(const WhitelistFilter& f) const { return std::make_unique<SymbolFilter>(f.symbols, true, prices); }
  Made operator()(const BlacklistFilter& f) const { return std::make_unique<SymbolFilter>(f.symbols, false, prices); }
  Made operator()(const MinPriceFilter& f) const {
    return std::make_unique<PriceFloor>(PriceColumn::require(prices, f.column), f.value);
  }
  Made operator()(const MinDollarVolumeFilter& f) const {
    if (f.lookback <= 0) return nullptr;
    return std::make_unique<MeanFloor>(PriceColumn::require(prices, f.price_column),
                                       PriceColumn::require(prices, f.volume_column),
                                       static_cast<std::size_t>(f.lookback), f.value, prices.instrument_count());
  }
  Made operator()(const MinAdvFilter& f) const {
    if (f.lookback <= 0) return nullptr;
    return std::make_unique<MeanFloor>(std::nullopt, PriceColumn::require(prices, f.volume_column),
                                       static_cast<std::size_t>(f.lookback), f.value, prices.instrument_count());
  }
  Made operator()(const RequireSignalColumnsFilter& f) const {
    std::vector<std::size_t> columns;
    if (signals != nullptr) {
      for (const std::string& name : f.columns) columns.push_back(require_signal_column(*signals, name));
    }
    return std::make_unique<SignalColumnsPresent>(std::move(columns));
  }
  Made operator()(const NoMissingPricesFilter& f) const {
    if (f.window <= 1) return nullptr;
    return std::make_unique<NoMissingPrices>(static_cast<std::size_t>(f.window), prices.instrument_count());
  }
  Made operator()(const MaxVolatilityFilter& f) const {
    if (f.lookback <= 0) return nullptr;
    return std::make_unique<VolatilityCeiling>(PriceColumn::find(prices, f.returns_column),
                                               static_cast<std::size_t>(f.lookback), f.value,
                                               prices.instrument_count());
  }
  Made operator()(const ExchangeInFilter&) const { return nullptr; }
};

}  // namespace

std::unique_ptr<EligibilityFilter> make_filter(const UniverseFilter& filter, const Panel& prices,
                                               const SignalPanel* signals) {
  return std::visit(FilterMaker{.prices = prices, .signals = signals}, filter);
}

}  // namespace backtest
