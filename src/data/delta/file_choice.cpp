#include "data/delta/file_choice.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <string_view>

#include "base/ascii_text.hpp"
#include "base/json.hpp"
#include "data/column_lookup.hpp"
#include "data/table_names.hpp"

namespace backtest {

namespace {

struct Bounds {
  std::optional<std::string> least, most;
};

std::optional<std::string> text_in(const json::object& statistics, std::string_view which, const std::string& name) {
  const json::value* const values = statistics.if_contains(which);
  const json::value* const value =
      values != nullptr && values->is_object() ? values->get_object().if_contains(name) : nullptr;
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

// What is known of one file.
class FileFacts {
 public:
  explicit FileFacts(const DeltaFile& file) : file_(file) {
    boost::system::error_code damaged;
    json::value parsed = json::parse(file.statistics, damaged);
    if (!damaged && parsed.is_object()) statistics_ = std::move(parsed.get_object());
  }

  Bounds bounds(const DeltaColumn& column) const {
    if (column.is_partition) {
      const auto value = file_.partition_values.find(column.physical_name);
      if (value == file_.partition_values.end()) return {};
      return {value->second, value->second};
    }
    return {text_in(statistics_, "minValues", column.physical_name),
            text_in(statistics_, "maxValues", column.physical_name)};
  }

 private:
  const DeltaFile& file_;
  json::object statistics_;
};

// The day that a date or a timestamp begins with.
std::optional<Date> day_of(const std::optional<std::string>& text) {
  return text ? parse_date(std::string_view(*text).substr(0, 10)) : std::nullopt;
}

struct DayBounds {
  std::optional<Date> first, last;
};

// A timestamp's date is that of some clock: up to a day before or after the one that the log writes in UTC.
DayBounds day_bounds(const DeltaColumn& column, const Bounds& bounds) {
  const std::int32_t slack_days = column.type == "date" ? 0 : 1;
  DayBounds days{.first = day_of(bounds.least), .last = day_of(bounds.most)};
  if (days.first) days.first->days -= slack_days;
  if (days.last) days.last->days += slack_days;
  return days;
}

bool may_hold_day(const DayBounds& days, const RowsWanted& rows) {
  if (days.first && *days.first > rows.last) return false;
  // How far back warm-up bars lie is known only once the dates are.
  return !(days.last && rows.first && rows.warmup_bars == 0 && *days.last < *rows.first);
}

// Symbols are compared without blanks around them, bounds are those of the text as it stands, and a long upper bound
// may be cut off.
bool may_hold_symbol(const Bounds& bounds, const std::vector<std::string>& symbols) {
  const std::string_view least = bounds.least ? std::string_view(*bounds.least) : std::string_view();
  const std::string_view most = bounds.most ? std::string_view(*bounds.most) : std::string_view();
  // A blank in front sorts before everything: then the bound says nothing about the symbol behind it.
  const bool has_least = !least.empty() && !trimmed(least).empty() && trimmed(least).data() == least.data();
  return std::ranges::any_of(symbols, [&](const std::string& symbol) {
    if (has_least && symbol < trimmed(least)) return false;
    return !bounds.most || symbol <= most || symbol.starts_with(most);
  });
}

}  // namespace

std::vector<ChosenFile> choose_files(const DeltaTable& table, const RowsWanted& rows, const TableFormat& format) {
  std::vector<std::string> columns;
  for (const DeltaColumn& column : table.columns) columns.push_back(column.name);
  const std::vector<std::string> names = table_names(columns, {}, {}, format).names;
  const auto date = find_date_column(names);
  const auto symbol = find_symbol_column(names);
  // Text dates may be written in any order of their parts.
  const bool has_days = date && table.columns[*date].type != "string";
  std::vector<ChosenFile> chosen;
  for (const DeltaFile& file : table.files) {
    const FileFacts facts(file);
    DayBounds days;
    if (has_days) days = day_bounds(table.columns[*date], facts.bounds(table.columns[*date]));
    if (!may_hold_day(days, rows)) continue;
    if (symbol && rows.symbols && !may_hold_symbol(facts.bounds(table.columns[*symbol]), *rows.symbols)) continue;
    chosen.push_back({.file = &file, .last_day = days.last});
  }
  return chosen;
}

}  // namespace backtest
