#include "data/postgres/sql_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "data/refuse_file.hpp"
#include "postgres/connection_string.hpp"
#include "postgres/postgres_error.hpp"

namespace backtest {

namespace {

constexpr const char* advice =
    "the database of BACKTEST_DATA_POSTGRES_DSN does not answer, or broke the connection; see that it runs, can be "
    "reached and has room for a connection of that role, then run it again";

std::string refusal(const PostgresError& error, std::chrono::seconds statement_timeout) {
  if (error.sqlstate() == "42501") {
    return "PostgreSQL refuses to read it: " + std::string(error.what()) +
           "; grant select on it, and usage on its schema, to the role of BACKTEST_DATA_POSTGRES_DSN";
  }
  if (error.sqlstate() == "57014") {
    return fmt::format(
        "reading it took longer than the {} s of BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS; an index on the date, or on "
        "symbol and date, helps",
        statement_timeout.count());
  }
  return "PostgreSQL cannot read it: " + std::string(error.what());
}

}  // namespace

PostgresTableReader& SqlSession::reader() {
  if (!reader_) reader_.emplace(ConnectionString(dsn_), statement_timeout_);
  return *reader_;
}

template <typename Use>
auto SqlSession::reading(const std::string& path, Use&& use) {
  try {
    return use(reader());
  } catch (const PostgresError& error) {
    reader_.reset();
    // A server that shuts down or has no room ends statements too: classes 53 (resources) and 57P (operator).
    const bool is_refusal = error.kind() == PostgresError::Kind::statement && !error.sqlstate().starts_with("53") &&
                            !error.sqlstate().starts_with("57P") && !error.is_retryable();
    if (is_refusal) refuse_file(path, refusal(error, statement_timeout_));
    throw SourceUnavailable(path, advice, error.what());
  } catch (const std::invalid_argument& error) {
    throw SourceUnavailable(path, "correct BACKTEST_DATA_POSTGRES_DSN", error.what());
  } catch (...) {
    reader_.reset();  // perhaps in the middle of a copy
    throw;
  }
}

void SqlSession::set_symbols(const RowsWanted& rows) {
  if (!rows.symbols) return;
  std::vector<std::string> symbols = *rows.symbols;
  // No text of the database holds a NUL.
  std::erase_if(symbols, [](const std::string& symbol) { return symbol.contains('\0'); });
  reader_->run("select set_config($1, $2, true)", {std::string(symbols_setting), postgres_array(symbols)});
}

SqlRelation SqlSession::relation(const std::string& path, const std::string& schema, const std::string& table) {
  return reading(path, [&](PostgresTableReader& reader) {
    const PostgresRows rows = reader.run(
        "select a.attname, format_type(a.atttypid, a.atttypmod), b.typname, b.typtype = 'e', c.relkind::text"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " join pg_type t on t.oid = a.atttypid"
        " join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end"
        " where n.nspname = $1 and c.relname = $2 order by a.attnum",
        {schema, table});
    if (rows.size() == 0) refuse_file(path, "there is no such table or view in the database");
    const std::string_view kind = rows.text(0, 4);
    if (!std::string_view("rpvmf").contains(kind.front())) refuse_file(path, "is neither a table nor a view");
    SqlRelation relation{.quoted_name = quoted_identifier(schema) + "." + quoted_identifier(table), .columns = {}};
    for (int row = 0; row < rows.size(); ++row) {
      relation.columns.push_back({.name = std::string(rows.text(row, 0)),
                                  .type = std::string(rows.text(row, 1)),
                                  .kind = sql_kind(rows.text(row, 2), rows.boolean(row, 3))});
    }
    return relation;
  });
}

std::optional<std::string> SqlSession::value(const std::string& path, const RowsWanted& rows, const std::string& sql) {
  return reading(path, [&](PostgresTableReader& reader) {
    set_symbols(rows);
    return reader.run(sql).optional_text(0, 0);
  });
}

void SqlSession::copy(const std::string& path, const RowsWanted& rows, const std::string& sql,
                      const std::function<void(const std::function<std::optional<std::string_view>()>&)>& read) {
  reading(path, [&](PostgresTableReader& reader) {
    set_symbols(rows);
    reader.begin_copy(sql);
    read([&reader] { return reader.next_piece(); });
  });
}

}  // namespace backtest
