// Runs in PostgreSQL, shared by any number of API and worker processes. Each call is one transaction; time is the
// database's. A call whose answer got lost is asked again and finds out by its token whether it had happened.
//
// The wide row backtest.runs stays cold; run_queue and run_leases are narrow. Locks are taken in the order queue,
// leases, runs.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/background_work.hpp"
#include "base/secret.hpp"
#include "postgres/connection_pool.hpp"
#include "run_store/postgres/queue_room.hpp"
#include "run_store/postgres/statement_times.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

struct PostgresStoreOptions {
  PostgresPoolOptions pool;
};

class PostgresRunStore : public RunStore, public AccessRecords {
 public:
  // Throws std::invalid_argument where libpq cannot parse the DSN; asks no server.
  explicit PostgresRunStore(Secret dsn, PostgresStoreOptions options = {});
  // With the DSN of new connections.
  explicit PostgresRunStore(DsnSource dsn, PostgresStoreOptions options = {});

  void open() override;
  void ping() override;
  StoreTime now() override;
  // What tells this database of runs from every other: written by its migrations, kept by dumps.
  std::string identity();
  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override;
  std::vector<ClaimedRun> claim(const ClaimRequest& request) override;
  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override;
  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override;
  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override;
  std::expected<RunRecord, WriteError> release(const Lease& lease) override;
  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override;
  CancelOutcome cancel(std::string_view run_id) override;
  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override;
  std::optional<RunRecord> get(std::string_view run_id) override;
  std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) override;
  std::optional<RunRecord> edit(std::string_view run_id, const RunEdit& edit) override;
  void want_notices(bool are_wanted) override;
  std::vector<RunNotice> take_notices(int limit, std::chrono::milliseconds first_pause) override;
  void settle_notice(std::string_view run_id) override;
  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override;
  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override;
  std::expected<void, RemoveError> remove(std::string_view run_id) override;
  Counts counts() override;
  std::int64_t queued_of(std::string_view submitter, std::int64_t at_most) override;
  std::vector<std::string> first_queued(std::int64_t at_most) override;
  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override;
  std::optional<Lease> current_lease(std::string_view run_id) override;

  AccessRecords* access_records() override { return this; }
  void create_key(const KeyRecord& key) override;
  std::vector<KeyRecord> keys() override;
  bool revoke_key(std::string_view key_id) override;
  void append_audit(const std::vector<AuditEvent>& events) override;
  std::vector<AuditEvent> audit_events(const AuditFilter& filter, int limit) override;
  std::int64_t remove_audit_older_than(int days) override;

  struct Problem {
    std::string run_id, problem;
  };
  // Queued runs without a queue row, running ones without a lease: must be empty, apart from rows that the Python
  // service left and `backtest migrate adopt` has not taken over yet.
  std::vector<Problem> audit();

  struct DatabaseLoad {
    std::int64_t connections = 0, connections_limit = 0;  // of the whole server
    // Of the other sessions in this database; unset where this role may not see what others do.
    std::optional<double> oldest_transaction_s;
  };
  DatabaseLoad database_load();
  const PostgresPool& pool() const { return pool_; }
  const StatementTimes& statement_times() const { return statement_times_; }

 private:
  struct Lane {  // what this process knows of one submitter's queue
    std::int64_t rank = 0;
    std::string available_at;  // of the last claimed; empty: from the start
    std::uint64_t served = 0;  // turn of the last claim
  };

  // Asks `work(connection)`, again where the answer was lost. Throws StoreUnavailable.
  template <typename Work>
  auto ask(StatementName name, Work&& work);
  // Takes texts of runs into the index of searches, on a thread of its own.
  std::chrono::milliseconds extend_text_index();
  // Takes numbers of completed runs into the indexes by which lists are sorted, likewise.
  std::chrono::milliseconds extend_numbers();
  ListPage list_page(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset, int limit);
  // Runs that went back to their place in the queue lie before where the next claim would look.
  void look_from_the_start();
  void find_lanes(PostgresConnection& connection);
  std::vector<ClaimedRun> claim_from_lanes(PostgresConnection& connection, const ClaimRequest& request,
                                           const std::vector<std::string>& tokens);
  std::vector<ClaimedRun> claim_round(const ClaimRequest& request, bool& is_from_the_start);

  PostgresPool pool_;
  StatementTimes statement_times_;
  QueueRoom queue_room_;
  std::mutex lanes_mutex_;
  std::map<std::string, Lane> lanes_;
  std::chrono::steady_clock::time_point lanes_found_{};
  std::uint64_t turn_ = 0;
  BackgroundWork text_indexing_, number_indexing_;  // end first
};

}  // namespace backtest
