// Keys and audit (migrations/postgres/0010_keys_and_audit.sql).
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

std::optional<StoreTime> optional_time(const PostgresRows& rows, int row, std::string_view name) {
  const int column = rows.column(name);
  if (rows.is_null(row, column)) return std::nullopt;
  return rows.integer(row, column);
}

}  // namespace

void PostgresRunStore::create_key(const KeyRecord& key) {
  // Repeated after a lost answer it finds the key that it has made, which is no error.
  static const std::string sql =
      "insert into backtest.api_keys (key_id, name, scopes, secret_sha256, expires_at) values ($1, $2, $3, $4, " +
      time_of("$5") + ") on conflict (key_id) do nothing";
  PostgresParameter expires_at;
  if (key.expires_at) expires_at = std::to_string(*key.expires_at);
  ask(StatementName::access, [&](PostgresConnection& connection) {
    connection.run(sql, {key.key_id, key.name, key.scopes, key.secret_sha256, expires_at});
    return true;
  });
}

std::vector<KeyRecord> PostgresRunStore::keys() {
  static const std::string sql = "select key_id, name, scopes, secret_sha256, " + micros_of("created_at") +
                                 " as created, " + micros_of("expires_at") + " as expires, " + micros_of("revoked_at") +
                                 " as revoked from backtest.api_keys order by created_at, key_id";
  return ask(StatementName::access, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql);
    std::vector<KeyRecord> found;
    for (int row = 0; row < rows.size(); ++row) {
      const auto text = [&](std::string_view name) { return std::string(rows.text(row, rows.column(name))); };
      found.push_back({.key_id = text("key_id"),
                       .name = text("name"),
                       .scopes = text("scopes"),
                       .secret_sha256 = text("secret_sha256"),
                       .created_at = rows.integer(row, rows.column("created")),
                       .expires_at = optional_time(rows, row, "expires"),
                       .revoked_at = optional_time(rows, row, "revoked")});
    }
    return found;
  });
}

bool PostgresRunStore::revoke_key(std::string_view key_id) {
  return ask(StatementName::access, [&](PostgresConnection& connection) {
    const auto rows = connection.run(
        "update backtest.api_keys set revoked_at = coalesce(revoked_at, now()) where key_id = $1 returning key_id",
        {std::string(key_id)});
    return rows.size() > 0;
  });
}

void PostgresRunStore::append_audit(const std::vector<AuditEvent>& events) {
  std::string sql = std::string(insert_audit_events) + " values ";
  std::vector<PostgresParameter> parameters;
  for (const AuditEvent& event : events) {
    sql += parameters.empty() ? "(" : ", (";
    sql += audit_values(event, parameters) + ")";
  }
  ask(StatementName::access, [&](PostgresConnection& connection) {
    connection.run(sql, parameters);
    return true;
  });
}

std::vector<AuditEvent> PostgresRunStore::audit_events(const AuditFilter& filter, int limit) {
  std::string sql = "select sequence, " + micros_of("at") +
                    " as micros, action, caller, address, request_id, run_id, detail from backtest.audit_events "
                    "where sequence < $1::bigint";
  std::vector<PostgresParameter> parameters = {std::to_string(filter.before_sequence), std::to_string(limit)};
  if (!filter.run_id.empty()) {
    parameters.emplace_back(filter.run_id);
    sql += " and run_id <> '' and run_id = $" + std::to_string(parameters.size());
  }
  if (!filter.caller.empty()) {
    parameters.emplace_back(filter.caller);
    sql += " and caller = $" + std::to_string(parameters.size());
  }
  sql += " order by sequence desc limit $2::bigint";
  return ask(StatementName::access, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, parameters);
    std::vector<AuditEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
      const auto text = [&](std::string_view name) { return std::string(rows.text(row, rows.column(name))); };
      events.push_back({.sequence = rows.integer(row, rows.column("sequence")),
                        .at = rows.integer(row, rows.column("micros")),
                        .action = text("action"),
                        .caller = text("caller"),
                        .address = text("address"),
                        .request_id = text("request_id"),
                        .run_id = text("run_id"),
                        .detail = text("detail")});
    }
    return events;
  });
}

std::int64_t PostgresRunStore::remove_audit_older_than(int days) {
  return ask(StatementName::access, [&](PostgresConnection& connection) {
    return connection.run("select backtest.remove_audit_events($1::integer)", {std::to_string(days)}).integer(0, 0);
  });
}

}  // namespace backtest
