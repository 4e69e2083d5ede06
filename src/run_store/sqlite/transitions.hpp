// The store's calls that change runs, each inside the caller's transaction. `now` is the store's clock.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "run_store/run_store.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

std::expected<Submitted, SubmitError> submit(SqliteConnection& connection, StoreTime now, const Submission& submission,
                                             const SubmitLimits& limits);
std::vector<ClaimedRun> claim(SqliteConnection& connection, StoreTime now, const ClaimRequest& request);
std::vector<LeaseState> renew(SqliteConnection& connection, StoreTime now, const std::vector<Renewal>& renewals,
                              std::chrono::milliseconds lease_duration);
std::expected<RunRecord, WriteError> complete(SqliteConnection& connection, StoreTime now, const Lease& lease,
                                              const Completion& completion);
std::expected<RunRecord, WriteError> fail(SqliteConnection& connection, StoreTime now, const Lease& lease,
                                          const Failure& failure);
std::expected<RunRecord, WriteError> release(SqliteConnection& connection, StoreTime now, const Lease& lease);
std::expected<RunRecord, WriteError> finish_cancel(SqliteConnection& connection, StoreTime now, const Lease& lease);
CancelOutcome cancel(SqliteConnection& connection, StoreTime now, std::string_view run_id);
std::vector<std::string> reclaim(SqliteConnection& connection, StoreTime now, int limit, int max_lost_attempts);
std::expected<void, RemoveError> remove(SqliteConnection& connection, std::string_view run_id);

}  // namespace backtest::sqlite
