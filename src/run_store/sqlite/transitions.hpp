// The store's calls that change runs, each inside the caller's transaction.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "run_store/run_store.hpp"
#include "run_store/sqlite/moment.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest::sqlite {

std::expected<Submitted, SubmitError> submit(SqliteConnection& connection, const Moment& now,
                                             const Submission& submission, const SubmitLimits& limits);
std::vector<ClaimedRun> claim(SqliteConnection& connection, const Moment& now, const ClaimRequest& request);
std::vector<LeaseState> renew(SqliteConnection& connection, const Moment& now, const std::vector<Renewal>& renewals,
                              std::chrono::milliseconds lease_duration);
std::expected<RunRecord, WriteError> complete(SqliteConnection& connection, const Moment& now, const Lease& lease,
                                              const Completion& completion);
std::expected<RunRecord, WriteError> fail(SqliteConnection& connection, const Moment& now, const Lease& lease,
                                          const Failure& failure);
std::expected<RunRecord, WriteError> release(SqliteConnection& connection, const Moment& now, const Lease& lease);
std::expected<RunRecord, WriteError> finish_cancel(SqliteConnection& connection, const Moment& now, const Lease& lease);
CancelOutcome cancel(SqliteConnection& connection, const Moment& now, std::string_view run_id);
std::vector<std::string> reclaim(SqliteConnection& connection, const Moment& now, int limit, int max_lost_attempts);
// An edit of a run that is not there changes nothing. These say true.
bool edit(SqliteConnection& connection, std::string_view run_id, const RunEdit& edit);
bool want_notices(SqliteConnection& connection, bool are_wanted);
bool settle_notice(SqliteConnection& connection, std::string_view run_id);
std::vector<RunNotice> take_notices(SqliteConnection& connection, const Moment& now, int limit,
                                    std::chrono::milliseconds first_pause);
std::expected<void, RemoveError> remove(SqliteConnection& connection, const Moment& now, std::string_view run_id);

}  // namespace backtest::sqlite
