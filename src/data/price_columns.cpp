#include "data/price_columns.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"
#include "data/price_passes.hpp"

namespace backtest {

namespace {

// Columns that sources name otherwise, and what reading them means.
struct ActionColumn {
  std::string_view name;
  std::string_view field;  // of the run; empty: close may be it
  std::string_view remedy;
};
constexpr std::string_view reads_dividends = "dividends count once";
constexpr std::string_view reads_splits =
    "splits count once (not where the close is adjusted for them already, as Yahoo's is)";
constexpr std::string_view reads_adjusted =
    "adjusted prices would be read by data.columns: {close: ...}, with fills at the close and without dividends and "
    "splits";
constexpr std::array<ActionColumn, 16> action_columns = {{{"dividends", "dividend", reads_dividends},
                                                          {"div", "dividend", reads_dividends},
                                                          {"divcash", "dividend", reads_dividends},
                                                          {"dividendamount", "dividend", reads_dividends},
                                                          {"exdividend", "dividend", reads_dividends},
                                                          {"capitalgains", "", "capital gains are read nowhere"},
                                                          {"stocksplits", "split", reads_splits},
                                                          {"splits", "split", reads_splits},
                                                          {"splitfactor", "split", reads_splits},
                                                          {"splitratio", "split", reads_splits},
                                                          {"splitcoefficient", "split", reads_splits},
                                                          {"adjclose", "", reads_adjusted},
                                                          {"adjustedclose", "", reads_adjusted},
                                                          {"closeadj", "", reads_adjusted},
                                                          {"adjustedprice", "", reads_adjusted},
                                                          {"adjprice", "", reads_adjusted}}};

const ActionColumn* action_column(const std::string& column) {
  std::string letters;
  for (const char c : lower_case(column)) {
    if (c >= 'a' && c <= 'z') letters += c;
  }
  const auto found = std::ranges::find(action_columns, letters, &ActionColumn::name);
  return found == action_columns.end() ? nullptr : &*found;
}

bool is_read(const LoadRequest& request, const std::string& column) {
  const auto is_column = [&](const std::string& other) { return lower_case(other) == lower_case(column); };
  return std::ranges::any_of(request.format.columns, [&](const auto& pair) { return is_column(pair.second); }) ||
         std::ranges::any_of(request.extra_price_columns, is_column);
}

// A column that data.columns names is in the price table, unless it is a signal's or a weight's.
void check_mapped_columns(const LoadRequest& request, const std::string& path,
                          const std::vector<std::string>& file_columns, std::vector<Diagnostic>& problems) {
  for (const auto& [name, column] : request.format.columns) {
    const auto is_name = [&wanted = name](const std::string& other) { return lower_case(other) == lower_case(wanted); };
    const bool is_of_signals = is_name("weight") || std::ranges::any_of(request.signal_columns, is_name);
    const bool is_of_prices =
        request.wide || is_name("date") || is_name("symbol") ||
        std::ranges::any_of(fields_wanted(request), [&](const FieldWanted& wanted) { return is_name(wanted.name); });
    if (!is_of_prices && !is_of_signals) {
      problems.push_back({.path = "data.columns." + name,
                          .message =
                              "nothing that the run reads is called so; known are date, symbol, open, high, low, "
                              "close, volume, split, dividend, weight and the columns that the strategy names"});
    } else if (is_of_prices && !is_of_signals && !find_column(file_columns, column)) {
      problems.push_back({.file = path,
                          .path = "data.columns." + name,
                          .message = "there is no column '" + column + "'" + columns_present(file_columns, column)});
    }
  }
}

// The column of adjusted prices that data.columns reads as the close; null where it reads none.
const std::string* adjusted_close(const LoadRequest& request) {
  for (const auto& [name, column] : request.format.columns) {
    if (lower_case(name) == "close" && looks_like_field(column) == "close") return &column;
  }
  return nullptr;
}

// What adjusted closes do not go together with: opens as traded, and actions that they hold already.
void report_adjusted_close(const LoadRequest& request, const PriceSurvey& found, const std::string& column,
                           std::vector<Diagnostic>& warnings) {
  const auto warn = [&](std::string message, std::string remedy) {
    warnings.push_back({.path = "data.columns.close",
                        .message = std::move(message),
                        .importance = Importance::high,
                        .remedy = std::move(remedy)});
  };
  const bool open_is_adjusted = std::ranges::any_of(request.format.columns, [](const auto& pair) {
    return lower_case(pair.first) == "open" && lower_case(pair.second).contains("adj");
  });
  if (request.fill_policy == FillPolicy::next_open && !open_is_adjusted) {
    warn("'" + column +
             "' is adjusted, but orders fill at 'open' as it stands: each purchase gains or loses the adjustment",
         "fill at the close (broker.fill_policy: next_close), or name an adjusted open too");
  }
  for (const char* field : {"dividend", "split"}) {
    if (!find_column(found.columns, field)) continue;
    warn("'" + column + "' is adjusted, and the " + field +
             "s that it holds are counted once more from their own column",
         std::string("leave data.columns.") + field + " out, or read the close as traded");
  }
}

}  // namespace

std::vector<FieldWanted> fields_wanted(const LoadRequest& request) {
  std::vector<FieldWanted> wanted = {{"open", FieldKind::price},       {"high", FieldKind::price},
                                     {"low", FieldKind::price},        {"close", FieldKind::price},
                                     {"volume", FieldKind::volume},    {"split", FieldKind::split},
                                     {"dividend", FieldKind::dividend}};
  for (const std::string& column : request.extra_price_columns) {
    const std::string name = lower_case(column);
    if (std::ranges::find(wanted, name, &FieldWanted::name) == wanted.end())
      wanted.push_back({name, FieldKind::number});
  }
  return wanted;
}

std::string looks_like_field(const std::string& column) {
  const ActionColumn* action = action_column(column);
  if (action == nullptr) return "";
  return action->remedy == reads_adjusted ? "close" : std::string(action->field);
}

void check_price_columns(const LoadRequest& request, const std::string& path, const std::vector<std::string>& columns,
                         const std::vector<std::string>& file_columns) {
  std::vector<Diagnostic> problems;
  const auto require = [&](const std::string& name, const std::string& why) {
    if (find_column(columns, name)) return;
    problems.push_back({.file = path,
                        .message = "column '" + name + "' is missing: " + why + columns_present(file_columns, name) +
                                   "; data.columns: {" + name + ": ...} names another (docs/data.md)"});
  };
  require("close", "positions are marked at the close");
  if (request.fill_policy == FillPolicy::next_open) {
    require("open", "broker.fill_policy next_open fills at the open (next_close and same_close need only the close)");
  }
  for (const std::string& column : request.required_price_columns) {
    const std::string name = lower_case(column);
    if (name == "date" ? find_date_column(columns).has_value() : name == "symbol" && find_symbol_column(columns))
      continue;
    if (name == "close" || (name == "open" && request.fill_policy == FillPolicy::next_open)) continue;
    require(column, "universe.require_columns names it");
  }
  check_mapped_columns(request, path, file_columns, problems);
  if (!problems.empty()) throw InvalidInput(std::move(problems));
}

std::vector<UnreadAction> unread_actions(const LoadRequest& request, const Table& table) {
  std::vector<UnreadAction> unread;
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const ActionColumn* action = action_column(table.columns()[i]);
    if (action == nullptr || action->field.empty() || is_read(request, table.columns()[i])) continue;
    if (!table.column(action->field) && table.may_hold_numbers(i)) {
      unread.push_back({.column = i, .none = action->field == "split" ? 1.0 : 0.0});
    }
  }
  return unread;
}

void report_unread_columns(const LoadRequest& request, const std::string& path, const PriceSurvey& found,
                           std::vector<Diagnostic>& warnings) {
  const std::string* adjusted = adjusted_close(request);
  if (adjusted != nullptr && find_column(found.field_columns, *adjusted))
    report_adjusted_close(request, found, *adjusted, warnings);
  std::vector<std::string> unread;
  std::string remedy;
  Diagnostic place{.file = path, .importance = Importance::high};
  for (const std::string& name : found.field_columns) {
    const ActionColumn* action = action_column(name);
    if (action == nullptr || is_read(request, name)) continue;
    if (!action->field.empty() && (adjusted != nullptr || find_column(found.columns, action->field))) continue;
    const BarSurvey::Counted* counted = found.survey.counted(name);
    if (counted != nullptr && counted->values == 0) continue;
    unread.push_back("'" + name + "'");
    if (counted != nullptr) {
      unread.back() += " (" + std::to_string(counted->values) + (counted->values == 1 ? " value" : " values") +
                       ", the first on line " + std::to_string(counted->first_line) + ")";
      if (place.line == 0) {
        place.file = counted->file;
        place.line = counted->first_line;
      }
    }
    remedy += "; " + std::string(action->remedy);
    if (!action->field.empty()) remedy += ": data.columns: {" + std::string(action->field) + ": \"" + name + "\"}";
  }
  if (unread.empty()) return;
  std::string text = unread[0];
  for (std::size_t i = 1; i < unread.size(); ++i) text += (i + 1 == unread.size() ? " and " : ", ") + unread[i];
  place.message = text + (unread.size() == 1 ? " is" : " are") +
                  " not read: prices are those of close as they stand, dividends those of a column dividend, splits "
                  "those of a column split" +
                  remedy;
  warnings.push_back(std::move(place));
}

}  // namespace backtest
