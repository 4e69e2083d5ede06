#include "run_store/sqlite/store_identity.hpp"

#include "base/random_id.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

namespace {

constexpr const char* identity_table = R"sql(
create table if not exists store_identity (
  only_row integer primary key check (only_row = 1), identity text not null
) strict
)sql";

}  // namespace

std::string sqlite_store_identity(const std::filesystem::path& file) {
  SqliteConnection connection(file);
  connection.execute(identity_table);
  connection.run("insert into store_identity values (1, ?) on conflict do nothing", random_uuid());
  auto rows = connection.query("select identity from store_identity");
  return rows.next() ? rows.text("identity") : std::string();
}

}  // namespace backtest
