// The store's calls that only read. Each sees one state of the database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run_store/run_store.hpp"
#include "run_store/sqlite/moment.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

std::optional<RunRecord> get(SqliteConnection& connection, std::string_view run_id);
std::vector<RunRecord> get_many(SqliteConnection& connection, const std::vector<std::string>& run_ids);
ListPage list(SqliteConnection& connection, const ListFilter& filter, const std::optional<ListCursor>& after,
              std::int64_t offset, int limit);
Counts counts(SqliteConnection& connection, const Moment& now);
std::int64_t queued_of(SqliteConnection& connection, std::string_view submitter, std::int64_t at_most);
std::vector<std::string> first_queued(SqliteConnection& connection, std::int64_t at_most);
std::vector<RunEvent> events(SqliteConnection& connection, std::string_view run_id, std::int64_t after_sequence);
std::optional<Lease> current_lease(SqliteConnection& connection, std::string_view run_id);
bool has_due_notice(SqliteConnection& connection, const Moment& now);
bool has_queued(SqliteConnection& connection);
bool has_expired_lease(SqliteConnection& connection, const Moment& now);

}  // namespace backtest::sqlite
