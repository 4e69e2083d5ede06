// The name of a table in a database as configs and settings write it: schema.table.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace backtest {

struct SqlTableName {
  std::string schema;
  std::string table;
};

// Each part has 1 to 63 bytes, as they stand in the catalogue: no quotes, no dots, no control characters.
inline std::optional<SqlTableName> parse_sql_table_name(std::string_view text) {
  constexpr std::size_t longest = 63;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view schema = text.substr(0, dot);
  const std::string_view table = text.substr(dot + 1);
  for (const std::string_view part : {schema, table}) {
    const auto is_refused = [](char c) { return c == '.' || c == '"' || static_cast<unsigned char>(c) < 0x20; };
    if (part.empty() || part.size() > longest || std::ranges::any_of(part, is_refused)) return std::nullopt;
  }
  return SqlTableName{.schema = std::string(schema), .table = std::string(table)};
}

}  // namespace backtest
