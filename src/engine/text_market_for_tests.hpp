// Markets and fills as text, for tests that a person can read.
//
// A market is a table of text_prices_for_tests.hpp without a header: the first column is a day counted from 2020-01-01
// as 1, and the instruments are named A, B, C ...
//
//   text_market("1 10 20 \n 2 10/11,v100 -")
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/simulation_result.hpp"
#include "engine/text_prices_for_tests.hpp"

namespace backtest {

struct TextMarketArrays {
  std::vector<double> open, high, low, close, volume, split, dividend;
  std::vector<std::uint8_t> has_row;
};

inline double text_number(const std::string& digits) {
  char* end = nullptr;
  const double number = std::strtod(digits.c_str(), &end);
  if (*end != '\0') throw std::invalid_argument(digits + " is no number");
  return digits.empty() ? missing : number;
}

inline void add_cell(TextMarketArrays& arrays, const std::string& cell) {
  const std::optional<TextBar> row = text_bar(cell);
  const TextBar bar = row.value_or(TextBar{});
  arrays.open.push_back(text_number(bar.open));
  arrays.high.push_back(text_number(bar.high));
  arrays.low.push_back(text_number(bar.low));
  arrays.close.push_back(text_number(bar.close));
  arrays.volume.push_back(text_number(bar.volume));
  arrays.split.push_back(text_number(bar.split));
  arrays.dividend.push_back(text_number(bar.dividend));
  arrays.has_row.push_back(row ? 1 : 0);
}

inline MarketData text_market(const std::string& text) {
  auto arrays = std::make_shared<TextMarketArrays>();
  MarketData market;
  Panel& prices = market.prices;
  for (const TextRow& row : text_rows(text)) {
    prices.dates.push_back(Date{make_date(2020, 1, 1).days + std::stoi(row[0]) - 1});
    for (std::size_t k = 1; k < row.size(); ++k) {
      add_cell(*arrays, row[k]);
      if (prices.instruments.size() < k) prices.instruments.push_back(std::string(1, static_cast<char>('A' + k - 1)));
    }
  }
  prices.open = arrays->open;
  prices.high = arrays->high;
  prices.low = arrays->low;
  prices.close = arrays->close;
  prices.volume = arrays->volume;
  prices.split = arrays->split;
  prices.dividend = arrays->dividend;
  prices.has_row = arrays->has_row;
  prices.storage = arrays;
  return market;
}

// `1 A +10 @ 101`, with ` delisted` or ` ruined` behind; one line per fill.
inline std::string fills_text(const SimulationResult& result) {
  std::string out;
  for (const Fill& fill : result.fills) {
    std::ostringstream line;
    line << fill.bar << ' ' << static_cast<char>('A' + fill.instrument) << ' ' << (fill.quantity > 0 ? "+" : "")
         << fill.quantity << " @ " << fill.price;
    if (fill.reason == FillReason::delisted) line << " delisted";
    if (fill.reason == FillReason::ruined) line << " ruined";
    out += line.str() + "\n";
  }
  return out;
}

}  // namespace backtest
