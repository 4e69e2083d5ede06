// The market as it is known at the close of bar t. A stage gets this view and never the panel, so that it cannot read
// past t: every accessor that takes a bar asserts bar <= t.
#pragma once

#include <cstddef>

#include "base/assertion.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

class MarketView {
 public:
  MarketView(const Panel& prices, const SignalPanel* signals, std::size_t bar)
      : prices_(&prices), signals_(signals), bar_(bar) {
    BACKTEST_ASSERT(bar < prices.bar_count(), "a view needs a bar");
  }

  std::size_t bar() const { return bar_; }
  Date date() const { return prices_->dates[bar_]; }
  Date date(std::size_t bar) const { return prices_->dates[known(bar)]; }
  std::size_t instrument_count() const { return prices_->instrument_count(); }

  bool has_row(std::size_t bar, InstrumentIndex i) const { return prices_->has_row[cell(bar, i)] != 0; }
  // Prices as traded at `bar`; NaN = missing. Lookbacks that cross a split adjust with split().
  double open(std::size_t bar, InstrumentIndex i) const { return value(prices_->open, bar, i); }
  double high(std::size_t bar, InstrumentIndex i) const { return value(prices_->high, bar, i); }
  double low(std::size_t bar, InstrumentIndex i) const { return value(prices_->low, bar, i); }
  double close(std::size_t bar, InstrumentIndex i) const { return value(prices_->close, bar, i); }
  double volume(std::size_t bar, InstrumentIndex i) const { return value(prices_->volume, bar, i); }
  double split(std::size_t bar, InstrumentIndex i) const { return value(prices_->split, bar, i); }

  // Signals of bar t only (DATA-19).
  bool has_signals() const { return signals_ != nullptr; }
  bool has_signal_row(InstrumentIndex i) const { return signals_->has_row[cell(bar_, i)] != 0; }
  double signal(std::size_t column, InstrumentIndex i) const { return signals_->values[column][cell(bar_, i)]; }

 private:
  std::size_t known(std::size_t bar) const {
    BACKTEST_ASSERT(bar <= bar_, "look-ahead: the bar is not known yet");
    return bar;
  }
  std::size_t cell(std::size_t bar, InstrumentIndex i) const { return prices_->cell(known(bar), i); }
  double value(std::span<const double> field, std::size_t bar, InstrumentIndex i) const {
    return field.empty() ? missing : field[cell(bar, i)];
  }

  const Panel* prices_;
  const SignalPanel* signals_;
  std::size_t bar_;
};

}  // namespace backtest
