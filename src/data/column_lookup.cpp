#include "data/column_lookup.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

std::optional<std::size_t> find_column(std::span<const std::string> columns,
                                       std::initializer_list<std::string_view> candidates) {
  for (const std::string_view candidate : candidates) {
    const auto exact = std::ranges::find(columns, candidate);
    if (exact != columns.end()) return static_cast<std::size_t>(exact - columns.begin());
    const std::string lower = lower_case(candidate);
    for (std::size_t i = columns.size(); i-- > 0;) {
      if (lower_case(columns[i]) == lower) return i;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> find_column(std::span<const std::string> columns, std::string_view name) {
  return find_column(columns, {name});
}

std::optional<std::size_t> find_date_column(std::span<const std::string> columns) {
  return find_column(columns, {"date", "obs_date", "observation_date", "timestamp", "datetime"});
}

std::optional<std::size_t> find_symbol_column(std::span<const std::string> columns) {
  return find_column(columns, {"symbol", "Symbol", "ticker", "Ticker"});
}

std::string columns_present(std::span<const std::string> columns, std::string_view wanted) {
  constexpr std::size_t shown_at_most = 20;
  std::string text = "; the table has ";
  for (std::size_t i = 0; i < columns.size() && i < shown_at_most; ++i) text += (i == 0 ? "" : ", ") + columns[i];
  if (columns.size() > shown_at_most) text += " and " + std::to_string(columns.size() - shown_at_most) + " more";
  if (!columns.empty() && columns[0].starts_with('#') && (columns.size() == 1 || columns[0].starts_with("# "))) {
    return text + "; the first line is a comment: leave it out";
  }
  const bool is_uncut = columns.size() == 1 && columns[0].find_first_of(";\t|") != std::string::npos;
  if (columns.size() == 1 && !is_uncut && std::ranges::count(columns[0], ' ') > 1) {
    text += "; fields are separated by commas, or by what data.csv says: {delimiter: space}";
  }
  if (is_uncut) {
    const char delimiter = columns[0][columns[0].find_first_of(";\t|")];
    text += "; fields are separated by commas, or by what data.csv says: {delimiter: ";
    text += delimiter == '\t' ? std::string("tab") : std::string{'"', delimiter, '"'};
    text += "}";
  }
  const std::vector<std::string_view> names(columns.begin(), columns.end());
  const std::string_view near = nearest_word(wanted, names);
  if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
  return text;
}

}  // namespace backtest
