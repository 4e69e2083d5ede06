// Signals as text, for tests that a person can read: one line per bar, one cell per instrument separated by `|`, and in
// a cell one number per column; `.` is a missing number and `-` no row.
//
//   text_signals(market, {"alpha", "beta"}, "0.5 1 | - \n . 2 | 0.1 3 \n")
#pragma once

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/assertion.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

struct TextSignalArrays {
  std::vector<std::vector<double>> values;
  std::vector<std::uint8_t> has_row;
};

inline SignalPanel text_signals(const MarketData& market, std::vector<std::string> columns, const std::string& text) {
  auto arrays = std::make_shared<TextSignalArrays>();
  arrays->values.resize(columns.size());
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string cell;
    while (std::getline(cells, cell, '|')) {
      std::istringstream words(cell);
      std::vector<std::string> numbers;
      for (std::string word; words >> word;) numbers.push_back(word);
      const bool has_row = !numbers.empty() && numbers[0] != "-";
      arrays->has_row.push_back(has_row ? 1 : 0);
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const bool known = has_row && k < numbers.size() && numbers[k] != ".";
        arrays->values[k].push_back(known ? std::strtod(numbers[k].c_str(), nullptr) : missing);
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
