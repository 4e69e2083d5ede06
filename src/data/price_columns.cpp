#include "data/price_columns.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"

namespace backtest {

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

void check_price_columns(const LoadRequest& request, const std::string& path, const std::vector<std::string>& columns) {
  std::vector<Diagnostic> problems;
  const auto require = [&](const std::string& name, const std::string& why) {
    if (find_column(columns, name)) return;
    problems.push_back(
        {.file = path, .message = "column '" + name + "' is missing: " + why + columns_present(columns, name)});
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
  if (!problems.empty()) throw InvalidInput(std::move(problems));
}

}  // namespace backtest
