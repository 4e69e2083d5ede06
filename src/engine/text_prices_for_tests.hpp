// The one grammar of test markets, for unit tests (text_market_for_tests.hpp) and scenarios/*.scenario alike.
//
// A market is a table: one line a bar, its day first, then one cell an instrument, with spaces between; `#` starts a
// comment. A cell is `-` for no row, or
//   10           open, high, low and close
//   10/11        open/close, with high and low at their extremes
//   10/12/9/11   open/high/low/close
// where `.` is a missing price, with any of v100 (volume), x2 (split) and d0.5 (dividend) behind commas:
// `10/11,v100,x2`.
#pragma once

#include <cstdlib>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace backtest {

using TextRow = std::vector<std::string>;

// The lines that hold words, each as its words.
inline std::vector<TextRow> text_rows(const std::string& text) {
  std::istringstream lines(text);
  std::vector<TextRow> rows;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    TextRow row;
    for (std::string word; words >> word && word[0] != '#';) row.push_back(word);
    if (!row.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

// The fields of a cell as they are written; empty where missing or not named.
struct TextBar {
  std::string open, high, low, close, volume, split, dividend;
};

// The parts between separators; `.`, a missing number, as empty.
inline std::vector<std::string> text_parts(const std::string& text, char separator) {
  std::istringstream stream(text + separator);
  std::vector<std::string> parts;
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part == "." ? "" : part);
  return parts;
}

inline void set_text_prices(TextBar& bar, const std::vector<std::string>& prices, const std::string& cell) {
  if (prices.size() == 1) {
    bar.open = bar.high = bar.low = bar.close = prices[0];
  } else if (prices.size() == 2) {
    bar.open = prices[0];
    bar.close = prices[1];
    if (bar.open.empty() || bar.close.empty()) return;
    const bool rose = std::strtod(bar.open.c_str(), nullptr) < std::strtod(bar.close.c_str(), nullptr);
    bar.high = rose ? bar.close : bar.open;
    bar.low = rose ? bar.open : bar.close;
  } else if (prices.size() == 4) {
    bar.open = prices[0];
    bar.high = prices[1];
    bar.low = prices[2];
    bar.close = prices[3];
  } else {
    throw std::invalid_argument(cell + ": a cell has one, two or four prices");
  }
}

// Nothing for `-`. Throws std::invalid_argument on a cell that the grammar does not know.
inline std::optional<TextBar> text_bar(const std::string& cell) {
  if (cell == "-") return std::nullopt;
  const std::vector<std::string> parts = text_parts(cell, ',');
  TextBar bar;
  set_text_prices(bar, text_parts(parts.at(0), '/'), cell);
  for (std::size_t k = 1; k < parts.size(); ++k) {
    const char field = parts[k].empty() ? ' ' : parts[k][0];
    std::string* number = field == 'v'   ? &bar.volume
                          : field == 'x' ? &bar.split
                          : field == 'd' ? &bar.dividend
                                         : nullptr;
    if (number == nullptr) throw std::invalid_argument(cell + ": behind a comma stands v, x or d");
    *number = parts[k].substr(1);
    if (*number == ".") number->clear();
  }
  return bar;
}

}  // namespace backtest
