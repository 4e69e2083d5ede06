#include "data/postgres/sql_select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace backtest {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

std::string day_text(Date date, int days_later = 0) {
  return to_text(Date{date.days + days_later});
}

// Both ends included. An instant is a date by some zone's clocks, so that a day more is asked for on each side.
std::vector<std::string> date_conditions(const SqlColumn& column, std::optional<Date> first, Date last) {
  const std::string name = quoted_identifier(column.name);
  std::vector<std::string> conditions;
  switch (column.kind) {
    case SqlKind::date:
      if (first) conditions.push_back(fmt::format("{} >= date '{}'", name, day_text(*first)));
      conditions.push_back(fmt::format("{} <= date '{}'", name, day_text(last)));
      break;
    case SqlKind::timestamp:
      if (first) conditions.push_back(fmt::format("{} >= timestamp '{}'", name, day_text(*first, -1)));
      conditions.push_back(fmt::format("{} < timestamp '{}'", name, day_text(last, 2)));
      break;
    case SqlKind::instant:
      if (first) conditions.push_back(fmt::format("{} >= timestamptz '{} 00:00:00+00'", name, day_text(*first, -1)));
      conditions.push_back(fmt::format("{} < timestamptz '{} 00:00:00+00'", name, day_text(last, 2)));
      break;
    case SqlKind::text:
    case SqlKind::whole:
    case SqlKind::number:
    case SqlKind::other:
      break;
  }
  return conditions;
}

void add_symbol_condition(const SqlRelation& relation, const TableScan& scan, const RowsWanted& rows,
                          std::vector<std::string>& conditions) {
  if (!scan.symbol || !rows.symbols) return;
  conditions.push_back(fmt::format("{}::text in (select unnest(current_setting('{}')::text[]))",
                                   quoted_identifier(relation.columns[*scan.symbol].name), symbols_setting));
}

std::string where(const std::vector<std::string>& conditions) {
  return conditions.empty() ? "" : fmt::format(" where {}", fmt::join(conditions, " and "));
}

}  // namespace

std::string quoted_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

SqlKind sql_kind(std::string_view type_name, bool is_enumeration) {
  if (is_enumeration || is_one_of(type_name, {"text", "varchar", "bpchar", "name", "citext"})) return SqlKind::text;
  if (type_name == "date") return SqlKind::date;
  if (type_name == "timestamp") return SqlKind::timestamp;
  if (type_name == "timestamptz") return SqlKind::instant;
  if (is_one_of(type_name, {"int2", "int4", "int8"})) return SqlKind::whole;
  if (is_one_of(type_name, {"float4", "float8", "numeric"})) return SqlKind::number;
  return SqlKind::other;
}

std::optional<std::string> unfit_for_dates(const SqlColumn& column, bool has_format) {
  if (column.kind == SqlKind::date || column.kind == SqlKind::timestamp || column.kind == SqlKind::instant ||
      column.kind == SqlKind::text)
    return std::nullopt;
  if (column.kind == SqlKind::whole && has_format) return std::nullopt;
  return fmt::format(
      "holds {} and no dates; a date is a date, a timestamp or text like 2024-01-31{}", column.type,
      column.kind == SqlKind::whole
          ? ", or an integer like 20240131 with data.csv: {date_format: \"%Y%m%d\"}, or a count (epoch_s, epoch_ms, "
            "epoch_us, epoch_ns, excel)"
          : "");
}

std::optional<std::string> unfit_for_symbols(const SqlColumn& column) {
  if (column.kind == SqlKind::text || column.kind == SqlKind::whole) return std::nullopt;
  return fmt::format("holds {} and no symbols; a symbol is text", column.type);
}

std::optional<std::string> unfit_for_numbers(const SqlColumn& column) {
  if (column.kind == SqlKind::number || column.kind == SqlKind::whole) return std::nullopt;
  return fmt::format("holds {} and no numbers", column.type);
}

std::string copy_text(const SqlRelation& relation, const TableScan& scan, const RowsWanted& rows) {
  const SqlColumn& date = relation.columns[scan.date];
  const bool is_text = date.kind == SqlKind::text || date.kind == SqlKind::whole;
  std::string selected = quoted_identifier(date.name) + (is_text ? "::text" : "");
  if (scan.symbol) selected += ", " + quoted_identifier(relation.columns[*scan.symbol].name) + "::text";
  for (const std::size_t value : scan.values) {
    selected += ", " + quoted_identifier(relation.columns[value].name) + "::float8";
  }
  std::vector<std::string> conditions = date_conditions(date, rows.first, rows.last);
  add_symbol_condition(relation, scan, rows, conditions);
  return fmt::format("copy (select {} from {}{}) to stdout (format binary)", selected, relation.quoted_name,
                     where(conditions));
}

std::optional<std::string> first_day_text(const SqlRelation& relation, const TableScan& scan, const RowsWanted& rows) {
  const SqlColumn& date = relation.columns[scan.date];
  if (!rows.first) return std::nullopt;
  const std::string name = quoted_identifier(date.name);
  std::string day;
  switch (date.kind) {
    case SqlKind::date:
      day = name;
      break;
    case SqlKind::timestamp:
      day = name + "::date";
      break;
    case SqlKind::instant:
      day = "(" + name + " at time zone 'UTC')::date";
      break;
    case SqlKind::text:
    case SqlKind::whole:
    case SqlKind::number:
    case SqlKind::other:
      return std::nullopt;
  }
  std::vector<std::string> conditions = date_conditions(date, std::nullopt, Date{rows.first->days - 1});
  add_symbol_condition(relation, scan, rows, conditions);
  return fmt::format("select min(day)::text from (select distinct {} as day from {}{} order by day desc limit {}) days",
                     day, relation.quoted_name, where(conditions), rows.warmup_bars + 2);
}

}  // namespace backtest
