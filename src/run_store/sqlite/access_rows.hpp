// Keys and audit as rows (migrations/sqlite/0004_keys_and_audit.sql).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "run_store/access_records.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

void create_key(SqliteConnection& connection, StoreTime now, const KeyRecord& key);
std::vector<KeyRecord> keys(SqliteConnection& connection);
bool revoke_key(SqliteConnection& connection, StoreTime now, std::string_view key_id);
void append_audit(SqliteConnection& connection, StoreTime now, const AuditEvent& event);
std::vector<AuditEvent> audit_events(SqliteConnection& connection, const AuditFilter& filter, int limit);
std::int64_t remove_audit_older_than(SqliteConnection& connection, StoreTime now, int days);

}  // namespace backtest::sqlite
