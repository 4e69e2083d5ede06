#include "data/postgres/sql_tables.hpp"

#include <algorithm>
#include <utility>

#include "base/diagnostic.hpp"
#include "base/sql_table_name.hpp"
#include "data/postgres/sql_session.hpp"
#include "data/postgres/sql_table.hpp"
#include "data/refuse_file.hpp"

namespace backtest {

namespace {

class SqlPart final : public PartReader {
 public:
  SqlPart(std::string path, SqlTableName name, RowsWanted rows, std::shared_ptr<SqlSession> session)
      : path_(std::move(path)), name_(std::move(name)), rows_(std::move(rows)), session_(std::move(session)) {}

  std::unique_ptr<Table> open(const TableFormat& format) const override {
    SqlRelation relation = session_->relation(path_, name_.schema, name_.table);
    return std::make_unique<SqlTable>(path_, std::move(relation), rows_, session_, format);
  }
  // Rows change without a trace.
  std::optional<std::string> identity() const override { return std::nullopt; }

 private:
  std::string path_;
  SqlTableName name_;
  RowsWanted rows_;
  std::shared_ptr<SqlSession> session_;
};

class SqlTables final : public TableSource {
 public:
  explicit SqlTables(SqlAccess access)
      : allowed_tables_(std::move(access.allowed_tables)),
        session_(std::make_shared<SqlSession>(std::move(access.dsn), access.statement_timeout)) {}

  std::vector<TablePart> parts(const std::string& path, const RowsWanted& rows) const override {
    const std::optional<SqlTableName> name = parse_sql_table_name(path);
    if (!name) refuse_file(path, "is no name of a table in a database; write schema.table");
    if (allowed_tables_ && std::ranges::find(*allowed_tables_, path) == allowed_tables_->end()) {
      refuse_file(path, "is not one of the tables that BACKTEST_ALLOWED_SQL_TABLES allows");
    }
    return {{.path = path,
             .symbol = "",
             .day = std::nullopt,
             .reader = std::make_shared<SqlPart>(path, *name, rows, session_)}};
  }

 private:
  std::optional<std::vector<std::string>> allowed_tables_;
  std::shared_ptr<SqlSession> session_;
};

}  // namespace

std::shared_ptr<const TableSource> sql_tables(SqlAccess access) {
  return std::make_shared<SqlTables>(std::move(access));
}

}  // namespace backtest
