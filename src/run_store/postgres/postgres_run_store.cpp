#include "run_store/postgres/postgres_run_store.hpp"

#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/migrations.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr const char* what_is_lacking = R"sql(
select string_agg(what, ', ') from (
  select 'the trigger ' || t.name from (values ('guard_run_status'), ('enqueue_inserted_run'), ('remove_run_events'),
    ('note_end_of_run')) as t (name)
  where not exists (select from pg_trigger g
    where g.tgrelid = 'backtest.runs'::regclass and g.tgname = t.name and g.tgenabled in ('O', 'A'))
  union all
  select 'the function ' || f.name from (values ('submit_run'), ('claim_runs'), ('complete_run'), ('fail_run'),
    ('release_run'), ('finish_cancel'), ('reclaim_runs'), ('edit_run')) as f (name)
  where (select count(*) from pg_proc p where p.pronamespace = 'backtest'::regnamespace and p.proname = f.name) <
    case f.name when 'submit_run' then 2 else 1 end  -- programs of before call one of its own
  union all
  select 'triggers: session_replication_role is ' || current_setting('session_replication_role')
  where current_setting('session_replication_role') = 'replica') as lacking (what)
)sql";

// Without the triggers and functions a run would be accepted that no worker ever finds in the queue.
void require_triggers_and_functions(PostgresConnection& connection) {
  const auto lacking = connection.run(what_is_lacking);
  if (lacking.is_null(0, 0)) return;
  throw StoreUnavailable("the schema is damaged, `backtest migrate check` says more: missing are " +
                         *lacking.optional_text(0, 0));
}

}  // namespace

PostgresRunStore::PostgresRunStore(Secret dsn, PostgresStoreOptions options)
    : PostgresRunStore(DsnSource(ConnectionString(std::move(dsn))), options) {}

PostgresRunStore::PostgresRunStore(DsnSource dsn, PostgresStoreOptions options)
    : pool_(std::move(dsn), options.pool),
      text_indexing_([this] { return extend_text_index(); }),
      number_indexing_([this] { return extend_numbers(); }) {}

void PostgresRunStore::open() {
  ask(StatementName::check, [](PostgresConnection& connection) {
    const auto tables = connection.run(R"sql(
select to_regclass('backtest.runs') is not null, to_regclass('backtest.schema_version') is not null,
  pg_is_in_recovery() or current_setting('transaction_read_only')::boolean,
  to_regclass('backtest.schema_version') is null and exists (select from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'core' and c.relname = 'runs')
)sql");
    // After a fail-over the name may still lead to a standby, which answers reads but takes no runs.
    if (tables.boolean(0, 2)) throw StoreUnavailable("the database is read-only: a standby, or set so");
    const bool is_old = tables.boolean(0, 0) && !tables.boolean(0, 1);
    if (tables.boolean(0, 3)) {
      throw StoreUnavailable(
          "the database has gone through later migrations of the Python service, its runs are in "
          "core.runs: this program needs a database of its own");
    }
    if (!tables.boolean(0, 1)) {
      throw StoreUnavailable(is_old ? "the database has the schema of the Python service: run `backtest migrate up`"
                                    : "the database has no schema: run `backtest migrate up`");
    }
    try {
      const auto versions = connection.run("select version, oldest_compatible from backtest.schema_version");
      const std::int64_t version = versions.size() ? versions.integer(0, 0) : 0;
      if (version < needed_schema_version) {
        throw StoreUnavailable("the schema is too old: it has version " + std::to_string(version) +
                               ", this program needs " + std::to_string(needed_schema_version) +
                               " or newer: run `backtest migrate up`");
      }
      if (versions.integer(0, 1) == released_schema_version) {
        throw StoreUnavailable(
            "the database was given back to the Python service: `backtest migrate up` takes it over");
      }
      if (versions.integer(0, 1) > needed_schema_version) {
        throw StoreUnavailable("the schema is too new: version " + std::to_string(version) +
                               " works with programs of " + versions.optional_text(0, 1).value_or("") +
                               " and newer, this one is of " + std::to_string(needed_schema_version));
      }
    } catch (const PostgresError& error) {
      if (error.sqlstate() == "42501") throw StoreUnavailable("a grant is missing: " + std::string(error.what()));
      throw;
    }
    const auto grants = connection.run(R"sql(
select string_agg(t || ': ' || p, ', ') from (values
    ('backtest.runs', 'select'), ('backtest.runs', 'update'),
    ('backtest.run_queue', 'insert'), ('backtest.run_queue', 'delete'), ('backtest.run_leases', 'select'),
    ('backtest.run_attempts', 'select'), ('backtest.run_records', 'select'), ('backtest.run_events', 'select'))
  as needed (t, p) where not has_table_privilege(t, p)
)sql");
    if (!grants.is_null(0, 0)) throw StoreUnavailable("a grant is missing: " + *grants.optional_text(0, 0));
    require_triggers_and_functions(connection);
    return 0;
  });
}

void PostgresRunStore::ping() {
  open();
}

StoreTime PostgresRunStore::now() {
  return ask(StatementName::check, [](PostgresConnection& connection) {
    return connection.run("select " + micros_of("clock_timestamp()")).integer(0, 0);
  });
}

std::string PostgresRunStore::identity() {
  return ask(StatementName::check, [](PostgresConnection& connection) {
    return std::string(connection.run("select identity from backtest.store_identity").text(0, 0));
  });
}

std::vector<PostgresRunStore::Problem> PostgresRunStore::audit() {
  return ask(StatementName::audit, [](PostgresConnection& connection) {
    const auto rows = connection.run("select run_id, problem from backtest.audit_runs() order by 1");
    std::vector<Problem> problems;
    for (int row = 0; row < rows.size(); ++row) {
      problems.push_back({std::string(rows.text(row, 0)), std::string(rows.text(row, 1))});
    }
    return problems;
  });
}

PostgresRunStore::DatabaseLoad PostgresRunStore::database_load() {
  return ask(StatementName::audit, [](PostgresConnection& connection) {
    // A role without pg_read_all_stats sees null for when the transactions of others began. That would look as if there
    // were none, so it gets no number at all.
    const auto rows = connection.run(R"sql(
select (select sum(numbackends) from pg_stat_database), current_setting('max_connections'),
  case when pg_has_role(current_user, 'pg_read_all_stats', 'usage') then
    coalesce((select extract(epoch from clock_timestamp() - min(xact_start)) from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()), 0)::float8
  end
)sql");
    return DatabaseLoad{.connections = rows.integer(0, 0),
                        .connections_limit = rows.integer(0, 1),
                        .oldest_transaction_s = rows.optional_real(0, 2)};
  });
}

}  // namespace backtest
