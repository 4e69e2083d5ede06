// A table or view of PostgreSQL, streamed by binary COPY.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/postgres/sql_session.hpp"
#include "data/table.hpp"
#include "data/table_source.hpp"

namespace backtest {

// Scans read the rows wanted alone, and refuse a table that has none of them.
class SqlTable final : public Table {
 public:
  SqlTable(std::string path, SqlRelation relation, RowsWanted rows, std::shared_ptr<SqlSession> session,
           const TableFormat& format);

  void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) override;

 private:
  bool holds_dates(std::size_t column) const override;
  std::optional<std::string> unfit_for(std::size_t column, ColumnUse use) const override;
  RowsWanted with_warmup(const TableScan& scan) const;

  SqlRelation relation_;
  RowsWanted rows_;
  std::shared_ptr<SqlSession> session_;
};

}  // namespace backtest
