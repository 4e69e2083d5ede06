#include "run_store/postgres/store_identity.hpp"

#include "postgres/connection.hpp"
#include "postgres/postgres_error.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

std::string postgres_store_identity(const Secret& dsn) {
  try {
    PostgresConnection connection(ConnectionString(dsn), PostgresTimeouts{});
    return std::string(connection.run("select identity from backtest.store_identity").text(0, 0));
  } catch (const PostgresError& error) {
    throw StoreUnavailable(error.what());
  }
}

}  // namespace backtest
