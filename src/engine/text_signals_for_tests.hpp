// Signals as text, for tests that a person can read: one line per bar, one cell per instrument with spaces between,
// and in a cell one number per column with commas between; `.` is a missing number and `-` no row.
//
//   text_signals(market, {"alpha", "beta"}, "0.5,1 - \n .,2 0.1,3 \n")
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/assertion.hpp"
#include "engine/model/panel.hpp"
#include "engine/text_market_for_tests.hpp"

namespace backtest {

struct TextSignalArrays {
  std::vector<std::vector<double>> values;
  std::vector<std::uint8_t> has_row;
};

inline SignalPanel text_signals(const MarketData& market, std::vector<std::string> columns, const std::string& text) {
  auto arrays = std::make_shared<TextSignalArrays>();
  arrays->values.resize(columns.size());
  for (const TextRow& row : text_rows(text)) {
    for (const std::string& cell : row) {
      const std::vector<std::string> numbers = text_parts(cell, ',');
      const bool has_row = cell != "-";
      arrays->has_row.push_back(has_row ? 1 : 0);
      for (std::size_t k = 0; k < columns.size(); ++k) {
        arrays->values[k].push_back(has_row && k < numbers.size() ? text_number(numbers[k]) : missing);
      }
    }
  }
  BACKTEST_ASSERT(arrays->has_row.size() == market.prices.bar_count() * market.prices.instrument_count(),
                  "the text has a cell for each bar and instrument");
  SignalPanel signals;
  signals.columns = std::move(columns);
  for (const auto& values : arrays->values) signals.values.emplace_back(values);
  signals.has_row = arrays->has_row;
  signals.storage = arrays;
  return signals;
}

}  // namespace backtest
