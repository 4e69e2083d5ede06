// Rows of the store's tables, read and written inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "run_store/lease_protocol.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/moment.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

// A run as the protocol sees it, with the key of its rows.
struct RunRow {
  std::int64_t id = 0;
  std::string run_id;
  std::string submitter;
  std::int64_t rank = 0;  // -priority
  LeasedRun lease;
};

std::optional<RunRow> find_run(SqliteConnection& connection, const Moment& now, std::string_view run_id);

// Without the two config texts.
std::optional<RunRecord> read_record(SqliteConnection& connection, std::int64_t id);
void read_configs(SqliteConnection& connection, std::int64_t id, RunRecord& record);
// The row with every field of the record, and its config texts. The key of the rows.
std::int64_t insert_record(SqliteConnection& connection, const RunRecord& record);

// The queue. A run has a row here exactly while it is queued. `available_at`: UTC, 0 = at once.
void enqueue(SqliteConnection& connection, const RunRow& run, StoreTime available_at);
void dequeue(SqliteConnection& connection, const RunRow& run);

void append_event(SqliteConnection& connection, std::int64_t id, StoreTime at, RunState state, std::int64_t epoch,
                  std::string_view detail);

}  // namespace backtest
