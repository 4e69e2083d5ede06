// Several statements that see one state of the database.
#pragma once

#include "run_store/run_store.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

class ReadTransaction {
 public:
  explicit ReadTransaction(SqliteConnection& connection) : connection_(connection) { connection_.run("begin"); }
  ~ReadTransaction() {
    try {
      connection_.run("commit");
    } catch (const StoreUnavailable&) {
      // Nothing was written; the pool drops a connection that is still in a transaction.
    }
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  SqliteConnection& connection_;
};

}  // namespace backtest::sqlite
