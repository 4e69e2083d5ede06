#include "run_store/sqlite/access_rows.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/utc_time.hpp"

namespace backtest::sqlite {

namespace {

constexpr const char* insert_key = R"sql(
insert into api_keys (key_id, name, scopes, secret_sha256, created_at, expires_at) values (?, ?, ?, ?, ?, ?)
)sql";
constexpr const char* insert_event = R"sql(
insert into audit_events (at, action, caller, address, request_id, run_id, detail) values (?, ?, ?, ?, ?, ?, ?)
)sql";
constexpr const char* latest_events = R"sql(
select * from audit_events where sequence < ?1 order by sequence desc limit ?2
)sql";
constexpr const char* latest_of_run = R"sql(
select * from audit_events where sequence < ?1 and run_id = ?3 and run_id <> '' and (?4 = '' or caller = ?4)
order by sequence desc limit ?2
)sql";
constexpr const char* latest_of_caller = R"sql(
select * from audit_events where sequence < ?1 and caller = ?4 and (?3 = '' or run_id = ?3)
order by sequence desc limit ?2
)sql";

std::optional<StoreTime> optional_time(const SqliteRows& rows, std::string_view name) {
  if (rows.is_null(name)) return std::nullopt;
  return rows.integer(name);
}

}  // namespace

void create_key(SqliteConnection& connection, StoreTime now, const KeyRecord& key) {
  connection.run(insert_key, key.key_id, key.name, key.scopes, key.secret_sha256, now, key.expires_at);
}

std::vector<KeyRecord> keys(SqliteConnection& connection) {
  std::vector<KeyRecord> found;
  auto rows = connection.query("select * from api_keys order by created_at, key_id");
  while (rows.next()) {
    found.push_back({.key_id = rows.text("key_id"),
                     .name = rows.text("name"),
                     .scopes = rows.text("scopes"),
                     .secret_sha256 = rows.text("secret_sha256"),
                     .created_at = rows.integer("created_at"),
                     .expires_at = optional_time(rows, "expires_at"),
                     .revoked_at = optional_time(rows, "revoked_at")});
  }
  return found;
}

bool revoke_key(SqliteConnection& connection, StoreTime now, std::string_view key_id) {
  auto rows = connection.query(
      "update api_keys set revoked_at = coalesce(revoked_at, ?2) where key_id = ?1 returning key_id", key_id, now);
  return rows.next();
}

void append_audit(SqliteConnection& connection, StoreTime now, const AuditEvent& event) {
  connection.run(insert_event, now, event.action, event.caller, event.address, event.request_id, event.run_id,
                 event.detail);
}

std::vector<AuditEvent> audit_events(SqliteConnection& connection, const AuditFilter& filter, int limit) {
  const char* sql = !filter.run_id.empty() ? latest_of_run : !filter.caller.empty() ? latest_of_caller : latest_events;
  auto rows = connection.query(sql, filter.before_sequence, std::int64_t{limit});
  if (sql != latest_events) {
    rows.bind_next(filter.run_id);
    rows.bind_next(filter.caller);
  }
  std::vector<AuditEvent> events;
  while (rows.next()) {
    events.push_back({.sequence = rows.integer("sequence"),
                      .at = rows.integer("at"),
                      .action = rows.text("action"),
                      .caller = rows.text("caller"),
                      .address = rows.text("address"),
                      .request_id = rows.text("request_id"),
                      .run_id = rows.text("run_id"),
                      .detail = rows.text("detail")});
  }
  return events;
}

std::int64_t remove_audit_older_than(SqliteConnection& connection, StoreTime now, int days) {
  std::int64_t removed = 0;
  auto rows = connection.query("delete from audit_events where at < ? returning sequence",
                               now - std::max(days, 1) * microseconds_per_day);
  while (rows.next()) ++removed;
  return removed;
}

}  // namespace backtest::sqlite
