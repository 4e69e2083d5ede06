// The market as it is known at the close of bar t. A stage gets this view and never the panel, so that it cannot read
// past t: every accessor that takes a bar asserts bar <= t.
#pragma once

#include <cstddef>
#include <span>

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
  // `column` indexes Panel::extra_columns.
  double extra(std::size_t column, std::size_t bar, InstrumentIndex i) const {
    return value(prices_->extra_values[column], bar, i);
  }

  // A whole bar at once, one value per instrument; empty where the data has no such column.
  std::span<const double> open_row(std::size_t bar) const { return row(prices_->open, bar); }
  std::span<const double> high_row(std::size_t bar) const { return row(prices_->high, bar); }
  std::span<const double> low_row(std::size_t bar) const { return row(prices_->low, bar); }
  std::span<const double> close_row(std::size_t bar) const { return row(prices_->close, bar); }
  std::span<const double> volume_row(std::size_t bar) const { return row(prices_->volume, bar); }
  std::span<const double> split_row(std::size_t bar) const { return row(prices_->split, bar); }
  std::span<const double> extra_row(std::size_t column, std::size_t bar) const {
    return row(prices_->extra_values[column], bar);
  }
  std::span<const std::uint8_t> has_row_row(std::size_t bar) const {
    return prices_->has_row.subspan(known(bar) * instrument_count(), instrument_count());
  }
  bool has_splits() const { return !prices_->split.empty(); }

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
  std::span<const double> row(std::span<const double> field, std::size_t bar) const {
    return field.empty() ? field : field.subspan(known(bar) * instrument_count(), instrument_count());
  }

  const Panel* prices_;
  const SignalPanel* signals_;
  std::size_t bar_;
};

}  // namespace backtest
