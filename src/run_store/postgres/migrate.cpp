#include "run_store/postgres/migrate.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <stdexcept>

#include "base/sha256.hpp"
#include "postgres/connection.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr PostgresTimeouts patient{.connect = std::chrono::seconds(10), .statement = std::chrono::minutes(30)};

struct Applied {
  std::string version, at;
  std::string checksum;  // empty where the Python service applied it
};

// By number: the Python service's files have the same numbers and may have other names.
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

// Throws where a file was changed after it was applied, or the database is ahead of this program and not compatible.
std::vector<Migration> missing_of(PostgresConnection& connection, std::span<const Migration> migrations) {
  const auto applied = applied_versions(connection);
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
  PostgresTransaction transaction(connection);
  // Online: a lock that others hold is waited for briefly, so that nobody queues up behind this one.
  connection.run("set local lock_timeout = '10s'");
  connection.run_script(std::string(migration.sql));
  connection.run("alter table public.schema_migrations add column if not exists checksum text");
  connection.run("insert into public.schema_migrations (version, checksum) values ($1, $2)",
                 {std::string(migration.version), sha256_hex(migration.sql)});
  transaction.commit();
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

int adopt(PostgresConnection& connection, bool is_old_stopped, std::ostream& out) {
  PostgresTransaction transaction(connection);
  const auto queued = connection.run(
      "with r as (select * from backtest.runs r where r.status = 'queued' and not exists (select from "
      "backtest.run_queue q where q.submitter = r.submitter and q.rank = -coalesce(r.priority, 0) and q.available_at = "
      "coalesce(r.available_at, r.submitted_at) and q.run_hash = hashtextextended(r.run_id, 0)) for update), "
      "q as (" +
      enqueue_from("r") +
      "), e as (insert into backtest.run_log (run_id, state, epoch, detail) "
      "select run_id, 'queued', coalesce(lease_epoch, 0), 'adopted' from r) select run_id from r");
  out << queued.size() << " queued runs adopted\n";
  const std::string held_by_nobody =
      " from backtest.runs r where r.status = 'running' "
      "and not exists (select from backtest.run_leases l where l.run_id = r.run_id)";
  if (!is_old_stopped) {
    const auto running = connection.run("select count(*)" + held_by_nobody).integer(0, 0);
    if (running > 0) {
      out << running << " running runs left to the old service; once it is stopped: backtest migrate adopt "
          << "--old-stopped\n";
    }
  } else {
    const auto running = connection.run(
        "with r as (update backtest.runs set status = 'queued', started_at = null, available_at = null, "
        "revision = coalesce(revision, 1) + 1 where run_id in (select r.run_id" +
        held_by_nobody +
        ") and status = 'running' returning *), "
        "q as (" +
        enqueue_from("r") +
        "), e as (insert into backtest.run_log (run_id, state, epoch, detail) "
        "select run_id, 'queued', coalesce(lease_epoch, 0), 'adopted: was running in the old service' from r) "
        "select run_id from r");
    out << running.size() << " running runs queued again\n";
  }
  transaction.commit();
  return 0;
}

int run_command(PostgresConnection& connection, const std::string& command, bool is_old_stopped, std::ostream& out) {
  const auto migrations = embedded_migrations();
  if (command == "status") return print_status(connection, migrations, out);
  if (command == "adopt") return adopt(connection, is_old_stopped, out);
  const auto missing = missing_of(connection, migrations);
  if (command == "check") {
    for (const Migration& migration : missing) out << migration.version << "  missing\n";
    if (missing.empty()) out << "the schema is what this program needs\n";
    return missing.empty() ? 0 : 1;
  }
  for (const Migration& migration : missing) out << "-- " << migration.version << '\n' << migration.sql << '\n';
  if (missing.empty()) out << "nothing to apply\n";
  return 0;
}

}  // namespace

int migrate_up(const Secret& dsn, std::span<const Migration> migrations, std::string_view grants, std::ostream& out) {
  const ConnectionString target(dsn);
  PostgresConnection connection(target, patient);
  // For the session: released with it, also when this process dies. Not through PgBouncer in transaction mode.
  connection.run("select pg_advisory_lock(hashtextextended('backtest migrate', 0))");
  const auto missing = missing_of(connection, migrations);
  for (const Migration& migration : missing) {
    apply(connection, migration);
    out << "applied " << migration.version << '\n';
  }
  {
    PostgresTransaction transaction(connection);
    connection.run_script(std::string(grants));
    transaction.commit();
  }
  out << (missing.empty() ? "nothing to apply; grants renewed\n" : "done\n");
  return 0;
}

int migrate_command(const Secret& dsn, const std::vector<std::string>& arguments, std::ostream& out,
                    std::ostream& error) {
  static constexpr std::string_view known[] = {"up", "status", "check", "plan", "adopt"};
  const std::string command = arguments.empty() ? "" : arguments.front();
  const bool is_old_stopped = arguments.size() == 2 && arguments[1] == "--old-stopped" && command == "adopt";
  if (std::ranges::find(known, command) == std::end(known) || arguments.size() > (is_old_stopped ? 2u : 1u)) {
    error << "usage: backtest migrate up | status | check | plan | adopt [--old-stopped]\n";
    return 2;
  }
  try {
    if (command == "up") return migrate_up(dsn, embedded_migrations(), embedded_grants(), out);
    const ConnectionString target(dsn);
    PostgresConnection connection(target, patient);
    return run_command(connection, command, is_old_stopped, out);
  } catch (const std::invalid_argument& problem) {
    error << problem.what() << '\n';
    return 2;
  } catch (const std::runtime_error& problem) {
    error << problem.what() << '\n';
    return 1;
  }
}

}  // namespace backtest
