#include "run_store/postgres/migrate.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <stdexcept>

#include "base/sha256.hpp"
#include "postgres/connection.hpp"

namespace backtest {

namespace {

constexpr PostgresTimeouts patient{.connect = std::chrono::seconds(10), .statement = std::chrono::minutes(30)};

struct Applied {
  std::string version, at;
  std::string checksum;  // empty where the Python service applied it
};

constexpr const char* last_of_python_service = "0004";  // of its migrations, those that ours begin with

// Migrations are told apart by their numbers, because those of the Python service may have other names.
std::string number_of(std::string_view version) {
  return std::string(version.substr(0, 4));
}

std::map<std::string, Applied> applied_versions(PostgresConnection& connection) {
  std::map<std::string, Applied> applied;
  if (connection.run("select to_regclass('public.schema_migrations')").is_null(0, 0)) return applied;
  const bool has_checksum =
      connection
          .run(
              "select from pg_attribute where attrelid = 'public.schema_migrations'::regclass and attname = 'checksum' "
              "and not attisdropped")
          .size() > 0;
  const auto rows = connection.run("select version, applied_at::text, " +
                                   std::string(has_checksum ? "coalesce(checksum, '')" : "''") +
                                   " from public.schema_migrations order by version");
  for (int row = 0; row < rows.size(); ++row) {
    applied[number_of(rows.text(row, 0))] = {std::string(rows.text(row, 0)), std::string(rows.text(row, 1)),
                                             std::string(rows.text(row, 2))};
  }
  return applied;
}

// Asks the system catalog, which also answers a role that may not look into the schema.
constexpr const char* find_moved_runs = R"sql(
select to_regclass('backtest.schema_version') is null and exists (select from pg_class c
  join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'core' and c.relname = 'runs')
)sql";

// The Python service has gone on after the schema that this program takes over: its later files have the numbers of
// ours and other names, and its runs lie elsewhere.
void refuse_later_python_service(PostgresConnection& connection, const std::map<std::string, Applied>& applied,
                                 std::span<const Migration> migrations) {
  std::string foreign;
  for (const auto& [number, known] : applied) {
    if (number <= last_of_python_service || !known.checksum.empty()) continue;
    const bool is_ours =
        std::ranges::any_of(migrations, [&](const Migration& migration) { return migration.version == known.version; });
    if (!is_ours && foreign.empty()) foreign = known.version;
  }
  const bool has_moved_runs = connection.run(find_moved_runs).boolean(0, 0);
  if (foreign.empty() && !has_moved_runs) return;
  throw std::runtime_error(
      "the database has gone through later migrations of the Python service" +
      (foreign.empty() ? std::string() : " (" + foreign + ")") + (has_moved_runs ? "; its runs are in core.runs" : "") +
      ". This program takes over what that service's migrations up to 0004 made, with the runs in backtest.runs, and "
      "would not see the others. Nothing was changed. Give it a database of its own, or a copy from before that "
      "migration; the old runs stay where they are");
}

// Throws where a file was changed after it was applied, or the database is ahead of this program and not compatible.
std::vector<Migration> missing_of(PostgresConnection& connection, std::span<const Migration> migrations) {
  const auto applied = applied_versions(connection);
  refuse_later_python_service(connection, applied, migrations);
  std::vector<Migration> missing;
  for (const Migration& migration : migrations) {
    const auto known = applied.find(number_of(migration.version));
    if (known == applied.end()) {
      missing.push_back(migration);
    } else if (!known->second.checksum.empty() && known->second.checksum != sha256_hex(migration.sql)) {
      throw std::runtime_error("migration " + std::string(migration.version) +
                               " was applied with another text; a migration that was applied is never changed");
    }
  }
  const std::string newest = number_of(migrations.back().version);
  if (!applied.empty() && applied.rbegin()->first > newest &&
      !connection.run("select to_regclass('backtest.schema_version')").is_null(0, 0)) {
    const auto rows = connection.run("select oldest_compatible from backtest.schema_version");
    if (rows.size() && rows.integer(0, 0) > needed_schema_version) {
      throw std::runtime_error("the database is at " + applied.rbegin()->second.version +
                               ", which this program does not know and cannot work with; use a newer one");
    }
  }
  return missing;
}

void apply(PostgresConnection& connection, const Migration& migration) {
  connection.run_script(std::string(migration.sql));
  connection.run("alter table public.schema_migrations add column if not exists checksum text");
  connection.run("insert into public.schema_migrations (version, checksum) values ($1, $2)",
                 {std::string(migration.version), sha256_hex(migration.sql)});
}

bool is_released(PostgresConnection& connection) {
  if (connection.run("select to_regclass('backtest.schema_version')").is_null(0, 0)) return false;
  const auto rows = connection.run("select oldest_compatible from backtest.schema_version");
  return rows.size() > 0 && rows.integer(0, 0) == released_schema_version;
}

int print_status(PostgresConnection& connection, std::span<const Migration> migrations, std::ostream& out) {
  auto applied = applied_versions(connection);
  for (const Migration& migration : migrations) {
    const auto known = applied.find(number_of(migration.version));
    out << migration.version << "  " << (known == applied.end() ? "missing" : "applied " + known->second.at) << '\n';
    if (known != applied.end()) applied.erase(known);
  }
  for (const auto& [number, row] : applied)
    out << row.version << "  applied " << row.at << ", unknown to this program\n";
  return 0;
}

constexpr const char* adopt_queued = R"sql(
with r as (
  select * from backtest.runs r where r.status = 'queued' and not exists (select from backtest.run_queue q
    where q.submitter = r.submitter and q.rank = -coalesce(r.priority, 0)
      and q.available_at = coalesce(r.available_at, r.submitted_at) and q.run_hash = hashtextextended(r.run_id, 0))
    for update),
q as (
  insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
    select coalesce(r.available_at, r.submitted_at), hashtextextended(r.run_id, 0),
      nullif(r.submitted_at, coalesce(r.available_at, r.submitted_at)), -coalesce(r.priority, 0), r.submitter from r),
e as (
  insert into backtest.run_log (run_id, state, epoch, detail)
    select run_id, 'queued', coalesce(lease_epoch, 0), 'adopted' from r)
select run_id from r
)sql";
constexpr const char* count_running_of_nobody = R"sql(
select count(*) from backtest.runs r
where r.status = 'running' and not exists (select from backtest.run_leases l where l.run_id = r.run_id)
)sql";
constexpr const char* adopt_running = R"sql(
with r as (
  update backtest.runs set status = 'queued', started_at = null, available_at = null,
      revision = coalesce(revision, 1) + 1
    where status = 'running' and run_id in (select r.run_id from backtest.runs r
      where r.status = 'running' and not exists (select from backtest.run_leases l where l.run_id = r.run_id))
    returning *),
q as (
  insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter)
    select r.submitted_at, hashtextextended(r.run_id, 0), null, -coalesce(r.priority, 0), r.submitter from r),
e as (
  insert into backtest.run_log (run_id, state, epoch, detail)
    select run_id, 'queued', coalesce(lease_epoch, 0), 'adopted: was running in the old service' from r)
select run_id from r
)sql";

int adopt(PostgresConnection& connection, bool is_old_stopped, std::ostream& out) {
  PostgresTransaction transaction(connection);
  out << connection.run(adopt_queued).size() << " queued runs adopted\n";
  if (!is_old_stopped) {
    const auto running = connection.run(count_running_of_nobody).integer(0, 0);
    if (running > 0) {
      out << running << " running runs left to the old service; once it is stopped: backtest migrate adopt "
          << "--old-stopped\n";
    }
  } else {
    out << connection.run(adopt_running).size() << " running runs queued again\n";
  }
  transaction.commit();
  return 0;
}

constexpr const char* count_live = R"sql(
select count(*) filter (where status = 'queued'), count(*) filter (where status = 'running') from backtest.runs
)sql";

int release(PostgresConnection& connection, bool fails_live, std::ostream& out) {
  if (is_released(connection)) {
    out << "the database was given back before; nothing to do\n";
    return 0;
  }
  PostgresTransaction transaction(connection);
  connection.run("set local lock_timeout = '10s'");
  connection.run("lock table backtest.run_queue, backtest.run_leases, backtest.runs in access exclusive mode");
  const auto live = connection.run(count_live);
  if (live.integer(0, 0) + live.integer(0, 1) > 0) {
    if (!fails_live) {
      out << live.text(0, 0) << " queued and " << live.text(0, 1)
          << " running runs: let them end or cancel them, or fail them with --fail-live; nothing was changed\n";
      return 1;
    }
    connection.run_script(std::string(embedded_script("fail_live")));
    out << live.integer(0, 0) + live.integer(0, 1) << " queued and running runs failed\n";
  }
  connection.run_script(std::string(embedded_script("release")));
  transaction.commit();
  out << "given back to the Python service; `backtest migrate up` takes it over again\n";
  return 0;
}

// Prints the migrations that are missing, or else what is wrong although all were applied.
int check(PostgresConnection& connection, const std::vector<Migration>& missing, std::ostream& out) {
  for (const Migration& migration : missing) out << migration.version << "  missing\n";
  if (!missing.empty()) return 1;
  const auto problems = connection.run(std::string(embedded_script("check")));
  for (int row = 0; row < problems.size(); ++row) out << problems.text(row, 0) << '\n';
  if (problems.size() > 0) return 1;
  out << "the schema is what this program needs\n";
  return 0;
}

int run_command(PostgresConnection& connection, const std::string& command, const std::string& option,
                std::ostream& out) {
  const auto migrations = embedded_migrations();
  if (command == "status") return print_status(connection, migrations, out);
  if (command == "adopt") return adopt(connection, option == "--old-stopped", out);
  const auto missing = missing_of(connection, migrations);
  if (command == "check") return check(connection, missing, out);
  if (command == "release") {
    if (missing.empty()) return release(connection, option == "--fail-live", out);
    out << "the schema is not this program's; `backtest migrate up` first\n";
    return 1;
  }
  for (const Migration& migration : missing) out << "-- " << migration.version << '\n' << migration.sql << '\n';
  if (missing.empty()) out << "nothing to apply\n";
  return 0;
}

}  // namespace

int migrate_up(const Secret& dsn, std::span<const Migration> migrations, std::string_view grants, std::ostream& out) {
  const ConnectionString target(dsn);
  PostgresConnection connection(target, patient);
  // One transaction: a role that lacks a right for a later step leaves nothing of the earlier ones.
  PostgresTransaction transaction(connection);
  connection.run("select pg_advisory_xact_lock(hashtextextended('backtest migrate', 0))");
  const auto encoding = connection.run("select current_setting('server_encoding')").text(0, 0);
  if (encoding != "UTF8" && encoding != "SQL_ASCII") {
    throw std::runtime_error("the database has the encoding " + std::string(encoding) +
                             ", which lacks characters that configs may have: make one with `create database ... "
                             "encoding 'UTF8' template template0`");
  }
  const auto missing = missing_of(connection, migrations);
  // The service may be running: all that comes later waits behind a lock that waits, so it gives up soon.
  connection.run("set local lock_timeout = '10s'");
  for (const Migration& migration : missing) apply(connection, migration);
  const bool was_released = is_released(connection);
  if (was_released) connection.run_script(std::string(embedded_script("resume")));
  connection.run_script(std::string(grants));
  transaction.commit();
  for (const Migration& migration : missing) out << "applied " << migration.version << '\n';
  if (was_released) out << "taken over again; runs that were queued meanwhile: backtest migrate adopt\n";
  out << (missing.empty() ? "nothing to apply; grants renewed\n" : "done\n");
  return 0;
}

int migrate_command(const Secret& dsn, const std::vector<std::string>& arguments, std::ostream& out,
                    std::ostream& error) {
  static const std::map<std::string, std::string> known{
      {"up", ""}, {"status", ""}, {"check", ""}, {"plan", ""}, {"adopt", "--old-stopped"}, {"release", "--fail-live"}};
  const std::string command = arguments.empty() ? "" : arguments.front();
  const std::string option = arguments.size() > 1 ? arguments[1] : "";
  const auto expected = known.find(command);
  if (expected == known.end() || arguments.size() > 2 || (!option.empty() && option != expected->second)) {
    error << "usage: backtest migrate up | status | check | plan | adopt [--old-stopped] | release [--fail-live]\n";
    return 2;
  }
  try {
    if (command == "up") return migrate_up(dsn, embedded_migrations(), embedded_script("grants"), out);
    const ConnectionString target(dsn);
    PostgresConnection connection(target, patient);
    return run_command(connection, command, option, out);
  } catch (const std::invalid_argument& problem) {
    error << problem.what() << '\n';
    return 2;
  } catch (const std::runtime_error& problem) {
    error << problem.what() << '\n';
    return 1;
  }
}

}  // namespace backtest
