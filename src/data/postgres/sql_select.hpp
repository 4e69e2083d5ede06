// The statements that read a table of PostgreSQL. Their text holds names from the database's own catalogue, quoted, and
// dates; symbols travel as a parameter, so that nothing that a config says becomes SQL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/table.hpp"
#include "data/table_source.hpp"

namespace backtest {

enum class SqlKind { date, timestamp, instant, text, whole, number, other };

struct SqlColumn {
  std::string name;
  std::string type;  // as PostgreSQL spells it
  SqlKind kind = SqlKind::other;
};

struct SqlRelation {
  std::string quoted_name;
  std::vector<SqlColumn> columns;
};

// The session's setting that holds the symbols asked for, as a text[] literal.
inline constexpr std::string_view symbols_setting = "backtest.symbols";

std::string quoted_identifier(std::string_view name);
// By the name of the type behind any domain, as pg_type has it; enumerations are text.
SqlKind sql_kind(std::string_view type_name, bool is_enumeration);

// Why a column of this type cannot be dates (symbols, numbers); nullopt where it can. `has_format`:
// data.csv.date_format reads integers.
std::optional<std::string> unfit_for_dates(const SqlColumn& column, bool has_format);
std::optional<std::string> unfit_for_symbols(const SqlColumn& column);
std::optional<std::string> unfit_for_numbers(const SqlColumn& column);

// COPY of the date, perhaps the symbol, and the values as float8, in binary. Of text dates all rows come.
std::string copy_text(const SqlRelation& relation, const TableScan& scan, const RowsWanted& rows);
// The earliest of the last `warmup_bars` days with rows before `rows.first`; nullopt where text tells no order.
std::optional<std::string> first_day_text(const SqlRelation& relation, const TableScan& scan, const RowsWanted& rows);

}  // namespace backtest
