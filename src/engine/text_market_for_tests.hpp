// Markets and fills as text, for tests that a person can read.
//
// A market is one line per bar: day of the first month of 2020, then one cell per instrument (named A, B, C ...):
//   10          open and close, and high and low at their extremes
//   10/11       open/close; `.` for a missing cell: `10/.`, `./11`
//   -           no row
// followed by any of: v100 volume, x2 split, d0.5 dividend, as in `10/11 v100 x2`; cells are separated by `|`.
#pragma once

#include <cmath>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

struct TextMarketArrays {
  std::vector<double> open, high, low, close, volume, split, dividend;
  std::vector<std::uint8_t> has_row;
};

inline void add_cell(TextMarketArrays& arrays, const std::string& text) {
  std::istringstream words(text);
  std::string word;
  double open = missing, close = missing, volume = missing, split = missing, dividend = missing;
  bool row = false;
  const auto number = [](const std::string& digits) {
    return digits == "." ? missing : std::strtod(digits.c_str(), nullptr);
  };
  while (words >> word) {
    if (word == "-") continue;
    row = true;
    if (word[0] == 'v') {
      volume = number(word.substr(1));
    } else if (word[0] == 'x') {
      split = number(word.substr(1));
    } else if (word[0] == 'd') {
      dividend = number(word.substr(1));
    } else {
      const std::size_t slash = word.find('/');
      open = number(word.substr(0, slash));
      close = slash == std::string::npos ? open : number(word.substr(slash + 1));
    }
  }
  arrays.open.push_back(open);
  arrays.high.push_back(std::fmax(open, close));
  arrays.low.push_back(std::fmin(open, close));
  arrays.close.push_back(close);
  arrays.volume.push_back(volume);
  arrays.split.push_back(split);
  arrays.dividend.push_back(dividend);
  arrays.has_row.push_back(row ? 1 : 0);
}

inline MarketData text_market(const std::string& text) {
  auto arrays = std::make_shared<TextMarketArrays>();
  MarketData market;
  Panel& prices = market.prices;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    std::istringstream cells(line);
    int day = 0;
    cells >> day;
    prices.dates.push_back(Date{make_date(2020, 1, 1).days + day - 1});
    std::string cell;
    std::size_t count = 0;
    while (std::getline(cells, cell, '|')) {
      add_cell(*arrays, cell);
      if (prices.instruments.size() < ++count)
        prices.instruments.push_back(std::string(1, static_cast<char>('A' + count - 1)));
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
