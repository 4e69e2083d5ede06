// Market data as the engine sees it. All arrays are bar-major: value of (bar, instrument) at [bar * instruments +
// instrument]. NaN means missing. Instruments are ascending by code point, bars ascending by date; warm-up bars come
// first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/date.hpp"

namespace backtest {

using InstrumentIndex = std::uint32_t;

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Prices of one universe. A span is empty where the data has no such column (all cells missing); close never is.
struct Panel {
  std::vector<Date> dates;
  std::size_t first_bar = 0;  // bars before it serve lookbacks only; simulation starts here
  std::vector<std::string> instruments;

  std::span<const double> open, high, low, close;  // as traded, finite and > 0 or NaN
  std::span<const double> volume;                  // >= 0 or NaN
  std::span<const double> split;                   // new shares per old, in force from this bar; NaN = none
  std::span<const double> dividend;                // cash per share after this bar's split; NaN = none
  std::span<const std::uint8_t> has_row;           // 1 where the source has a row with a price

  // Further price columns that a rule reads (min_price, max_volatility, price_col), lower-case names.
  std::vector<std::string> extra_columns;
  std::vector<std::span<const double>> extra_values;

  std::shared_ptr<const void> storage;  // owns (or maps) the arrays

  std::size_t bar_count() const { return dates.size(); }
  std::size_t instrument_count() const { return instruments.size(); }
  std::size_t cell(std::size_t bar, InstrumentIndex instrument) const { return bar * instruments.size() + instrument; }
};

// Signal table aligned to a panel's bars and instruments; rows dated on other days are not in it.
struct SignalPanel {
  std::vector<std::string> columns;             // names as in the source
  std::vector<std::span<const double>> values;  // one array per column; NaN = missing or not a number
  std::span<const std::uint8_t> has_row;
  std::shared_ptr<const void> storage;
  std::string file;  // for messages
};

struct InstrumentWeight {
  InstrumentIndex instrument = 0;
  double weight = 0.0;
  friend bool operator==(const InstrumentWeight&, const InstrumentWeight&) = default;
};

// TargetWeightsStrategy's table: the decision of each bar that it names. Rows ascending by instrument.
struct TargetTable {
  struct BarTargets {
    std::size_t bar = 0;
    std::vector<InstrumentWeight> weights;
  };
  std::vector<BarTargets> decisions;  // ascending by bar
};

struct MarketData {
  Panel prices;
  std::optional<SignalPanel> signals;
  // One per TargetWeightsStrategy path, in the order of the policy's `table` indexes.
  std::vector<TargetTable> targets;
  std::vector<double> benchmark_close;  // one per bar, NaN = missing; empty = no benchmark
  // The last value on or before each bar: annual yields as fractions, or prices (MetricPolicy says which). NaN = none
  // yet; empty = no series.
  std::vector<double> risk_free;
};

}  // namespace backtest
