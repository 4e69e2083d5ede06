#include "data/table_names.hpp"

#include <algorithm>
#include <array>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"

namespace backtest {

namespace {

constexpr std::array<std::string_view, 12> known_fields = {"open",      "high",         "low",           "close",
                                                           "adj close", "volume",       "price",         "dividends",
                                                           "dividend",  "stock splits", "capital gains", "split"};

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// "('Close', 'KO')": how a frame with two rows of names is stored where names are one text.
struct FieldAndSymbol {
  std::string field;
  std::string symbol;
};
std::optional<FieldAndSymbol> tuple_name(std::string_view name) {
  const std::vector<std::string> parts = tuple_parts(name);
  if (parts.size() != 2) return std::nullopt;
  const std::string& first = parts[0];
  const std::string& second = parts[1];
  if (is_field_name(first)) return FieldAndSymbol{first, second};
  if (is_field_name(second)) return FieldAndSymbol{second, first};
  if (second.empty()) return FieldAndSymbol{first, ""};
  return std::nullopt;
}

// "<CLOSE>" -> "close"; <VOL> is the volume.
std::optional<std::string> bracketed_name(const std::string& name) {
  if (name.size() < 3 || name.front() != '<' || name.back() != '>') return std::nullopt;
  const std::string inner = lower_case(name.substr(1, name.size() - 2));
  return inner == "vol" ? "volume" : inner;
}

// The columns that a name of the file means: one, or one per symbol.
std::vector<std::size_t> columns_called(const TableNames& table, const std::string& name) {
  const auto found = find_column(table.spelled, name);
  if (!found) return {};
  if (!table.has_symbols()) return {*found};
  std::vector<std::size_t> same;
  for (std::size_t i = 0; i < table.spelled.size(); ++i) {
    if (table.spelled[i] == table.spelled[*found]) same.push_back(i);
  }
  return same;
}

// A column that data.columns names has that name alone; another one that is called so by itself has none.
void apply_mapping(TableNames& table, const TableFormat& format) {
  std::vector<std::optional<std::string>> mapped(table.names.size());
  for (const auto& [name, column] : format.columns) {
    const std::vector<std::size_t> called = columns_called(table, column);
    if (called.empty()) continue;
    for (std::string& other : table.names) {
      if (lower_case(other) == lower_case(name)) other.clear();
    }
    for (const std::size_t i : called) mapped[i] = name;
  }
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    if (!mapped[i]) continue;
    table.names[i] = *mapped[i];
    table.is_index[i] = false;
  }
}

}  // namespace

std::vector<std::string> tuple_parts(std::string_view name) {
  std::vector<std::string> parts;
  if (name.size() < 4 || !name.starts_with("('") || !name.ends_with("')")) return parts;
  constexpr std::string_view between = "', '";
  std::string_view rest = name.substr(2, name.size() - 4);
  for (std::size_t end = rest.find(between); end != std::string_view::npos; end = rest.find(between)) {
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + between.size());
  }
  parts.emplace_back(rest);
  return parts;
}

bool is_field_name(std::string_view name) {
  return std::ranges::find(known_fields, lower_case(trimmed(name))) != known_fields.end();
}

bool is_only_a_field_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> fields = {"close",        "adj close",     "volume",  "dividends",
                                                      "stock splits", "capital gains", "dividend"};
  return std::ranges::find(fields, lower_case(trimmed(name))) != fields.end();
}

bool TableNames::has_symbols() const {
  return std::ranges::any_of(symbols, [](const std::string& symbol) { return !symbol.empty(); });
}

bool is_index_name(const std::string& name) {
  constexpr std::string_view unnamed = "Unnamed: ";
  constexpr std::string_view level = "__index_level_";
  if (name.empty()) return true;
  if (name.starts_with(unnamed)) return is_digits(std::string_view(name).substr(unnamed.size(), 1));
  return name.starts_with(level) && name.ends_with("__");
}

bool is_stacked_corner(const std::string& name) {
  constexpr std::array<std::string_view, 6> corners = {"price", "ticker", "tickers", "symbol", "symbols", "attributes"};
  const std::string_view corner = trimmed(name);
  return is_index_name(std::string(corner)) || std::ranges::find(corners, lower_case(corner)) != corners.end();
}

bool may_be_index_name(const std::string& name) {
  constexpr std::array<std::string_view, 5> names = {"index", "level_0", "row_nr", "row_number", "rownames"};
  return std::ranges::find(names, name) != names.end();
}

TableNames table_names(const std::vector<std::string>& columns, const std::vector<std::string>& index_columns,
                       const std::vector<std::string>& symbols, const TableFormat& format) {
  TableNames table;
  table.names = columns;
  table.spelled = columns;
  table.symbols = symbols;
  table.symbols.resize(columns.size());
  table.is_index.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    if (const auto tuple = tuple_name(column)) {
      table.names[i] = table.spelled[i] = tuple->field;
      table.symbols[i] = tuple->symbol;
    } else if (const auto bracketed = bracketed_name(column)) {
      table.names[i] = *bracketed;
      table.has_bracketed_names = true;
    }
    table.is_index[i] = is_index_name(column) || std::ranges::find(index_columns, column) != index_columns.end();
    if (is_index_name(column)) table.names[i].clear();
  }
  apply_mapping(table, format);
  return table;
}

std::optional<StackedHeader> stacked_header(const std::vector<std::vector<std::string>>& records) {
  if (records.size() < 2 || records[0].size() < 2 || records[1].size() != records[0].size()) return std::nullopt;
  const auto rest_is = [](const std::vector<std::string>& record, auto&& holds) {
    return std::ranges::all_of(record.begin() + 1, record.end(), holds);
  };
  const auto is_empty = [](const std::string& cell) { return trimmed(cell).empty(); };
  StackedHeader header;
  // One row of names above one that names the index alone.
  if (rest_is(records[1], is_empty) && !is_empty(records[1][0]) && rest_is(records[0], is_field_name)) {
    header.fields = records[0];
    header.fields[0] = records[1][0];
    header.symbols.resize(records[0].size());
    header.line_count = 2;
    return header;
  }
  const bool fields_first = rest_is(records[0], is_field_name);
  const bool fields_second = rest_is(records[1], is_field_name);
  if (fields_first == fields_second || !is_stacked_corner(records[0][0]) || !is_stacked_corner(records[1][0])) {
    return std::nullopt;
  }
  header.fields = records[fields_first ? 0 : 1];
  header.symbols = records[fields_first ? 1 : 0];
  header.fields[0] = "date";
  header.symbols[0].clear();
  if (std::ranges::any_of(header.symbols.begin() + 1, header.symbols.end(), is_empty)) return std::nullopt;
  for (std::string& symbol : header.symbols) symbol = std::string(trimmed(symbol));
  header.line_count = 2;
  if (records.size() > 2 && records[2].size() == records[0].size() && rest_is(records[2], is_empty) &&
      find_date_column(std::vector{std::string(trimmed(records[2][0]))})) {
    header.line_count = 3;
  }
  return header;
}

}  // namespace backtest
