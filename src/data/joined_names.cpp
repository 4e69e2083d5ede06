#include "data/joined_names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/ascii_text.hpp"
#include "data/table_names.hpp"

namespace backtest {

namespace {

struct JoinedName {
  std::string field;
  std::string symbol;  // with what separates them
};

// "adj_close" is the field "adj close".
std::string spaced(std::string_view text) {
  std::string words = lower_case(trimmed(text));
  std::ranges::replace(words, '_', ' ');
  return words;
}

// The field is one of the parts.
std::optional<JoinedName> split_tuple(const std::vector<std::string>& parts) {
  JoinedName joined;
  for (const std::string& part : parts) {
    if (joined.field.empty() && is_field_name(part)) {
      joined.field = spaced(part);
    } else {
      joined.symbol += part + "|";
    }
  }
  return joined.field.empty() ? std::nullopt : std::optional(joined);
}

std::optional<JoinedName> split_name(std::string_view name) {
  if (is_field_name(spaced(name))) return std::nullopt;
  if (const auto parts = tuple_parts(name); !parts.empty()) return split_tuple(parts);
  constexpr std::string_view separators = "_.-|:/ ";
  for (std::size_t at = name.find_first_of(separators); at != std::string_view::npos;
       at = name.find_first_of(separators, at + 1)) {
    const std::string_view left = name.substr(0, at), right = name.substr(at + 1);
    if (trimmed(left).empty() || trimmed(right).empty()) continue;
    if (is_field_name(spaced(left))) return JoinedName{spaced(left), name[at] + std::string(right)};
    if (is_field_name(spaced(right))) return JoinedName{spaced(right), std::string(left) + name[at]};
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> joined_names(const std::vector<std::string>& columns) {
  std::vector<std::string> joined;
  std::map<std::string, std::set<std::string>> fields_of_symbol;
  for (const std::string& column : columns) {
    const auto name = split_name(column);
    if (!name) continue;
    joined.push_back(column);
    fields_of_symbol[name->symbol].insert(name->field);
  }
  const bool are_fields = std::ranges::any_of(fields_of_symbol, [](const auto& entry) {
    return entry.second.size() > 1 && std::ranges::any_of(entry.second, is_only_a_field_name);
  });
  return are_fields ? joined : std::vector<std::string>{};
}

std::string joined_names_problem(const std::vector<std::string>& joined) {
  constexpr std::size_t most_shown = 3;
  std::string closes;
  std::size_t close_count = 0;
  for (const std::string& column : joined) {
    if (!tuple_parts(column).empty() || split_name(column)->field != "close" || ++close_count > most_shown) continue;
    closes += (closes.empty() ? "" : ", ") + column;
  }
  if (close_count > most_shown) closes += ", ...";
  return joined.front() + (joined.size() > 1 ? " and " + std::to_string(joined.size() - 1) + " more columns" : "") +
         " have a field and a symbol in one name; write the fields in a header line above the symbols, or one row a "
         "day and symbol" +
         (closes.empty() ? ""
                         : "; under data.layout: wide, universe.symbols: [" + closes + "] reads these closes alone") +
         " (docs/data.md)";
}

}  // namespace backtest
