// Where runs live. Each call is one transaction or one conditional write; every backend passes conformance_test.cpp.
//
// The guard: a lease is (run_id, epoch, token). `epoch` grows with every claim of a run and is never reused; `token` is
// random. Every write of a worker carries its lease, and a write that does not match the run's current, unexpired
// lease changes nothing and answers lease_lost. State alone, or the id alone, is no guard.
// Time is the store's clock only. lease_protocol.hpp has the decisions as pure functions.
//
// The writes that end a lease (complete, fail, release, finish_cancel) are idempotent by token: a caller whose answer
// was lost repeats the call with the same lease and gets success again, without any further change, until somebody
// claims the run anew. A completed run is never claimed, so complete() may be repeated for ever. A different ending
// with the same lease is lease_lost.
//
// Errors: store faults (unreachable, disk full) throw StoreUnavailable. What a caller must branch on is std::expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "run_store/access_records.hpp"
#include "run_store/run_record.hpp"

namespace backtest {

class StoreUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Lease {
  std::string run_id;
  std::int64_t epoch = 0;
  std::string token;  // 32 hex digits
  friend bool operator==(const Lease&, const Lease&) = default;
};

struct ClaimedRun {
  Lease lease;
  RunRecord record;
};

enum class SubmitError {
  duplicate_run_id,
  idempotency_conflict,  // the key is known with another body
  queue_full,
};

struct Submission {
  RunRecord record;                            // state, times, counters and revision are the store's
  std::optional<std::string> idempotency_key;  // of record.submitter; forgotten when its run is removed
  std::string body_sha256;                     // what the key stands for
  // Of a store that keeps an audit, written in the transaction that makes the run, and nowhere else.
  std::optional<AuditEvent> audit_event = std::nullopt;
};

struct Submitted {
  RunRecord record;
  bool existing = false;  // the key named a run that was there already
};

struct SubmitLimits {
  std::int64_t queue_limit = 0;  // 0 = none; queued runs over all submitters
};

struct ClaimRequest {
  std::string worker_id;  // a fresh UUID per process
  int limit = 1;
  std::chrono::milliseconds lease_duration{30'000};
  int submitter_running_limit = 0;  // 0 = none; runs of one submitter that may run at once
};

struct AttemptProgress {  // what a renewal carries for each lease
  double fraction = 0.0;
  std::string date;
  double bars_per_second = 0.0;
  std::optional<double> nav = {};  // at the close of `date`
};
struct Renewal {
  Lease lease;
  std::optional<AttemptProgress> progress;
};
enum class LeaseState { held, lost, cancel_requested };

struct Completion {
  ArtifactPointer artifacts;
  RunNumbers numbers;
  std::optional<std::string> adls_container, adls_prefix;
};

struct Failure {
  std::string code;     // stable
  std::string message;  // for people
  // A fault of the machine: queued again after `retry_delay` until max_failed_attempts, then failed.
  bool retryable = false;
  std::chrono::milliseconds retry_delay{0};
  int max_failed_attempts = 3;
};

enum class WriteError { lease_lost };
enum class CancelOutcome { cancelled, requested, already_terminal, not_found };
enum class RemoveError { not_found, not_terminal };

// What orders a list: when runs were submitted, one of the listed numbers (run_fields.hpp), when they ended, or how
// long their last attempt took. A list by anything but submission holds the runs that have it.
enum class RunOrder { submitted_at, total_return, sharpe_ratio, max_drawdown, completed_at, duration };
// The name of the field that it goes by, where there is one.
std::string_view to_text(RunOrder order);
std::optional<RunOrder> parse_run_order(std::string_view text);
// The number that it goes by, of times in microseconds; none of submitted_at.
std::optional<double> number_of(const RunRecord& record, RunOrder order);

struct NumberBounds {                        // inclusive
  RunOrder number = RunOrder::total_return;  // one of RunNumbers
  std::optional<double> least, most;
};

struct ListFilter {
  std::optional<RunState> state;
  std::string text;  // case-insensitive substring of run_id or run_name; no wildcards; blank = all
  std::optional<StoreTime> completed_before;  // for retention
  // Runs of these alone, and of nobody where the list is empty.
  std::optional<std::vector<std::string>> submitters = std::nullopt;
  std::vector<std::string> tags = {};  // all of them
  std::optional<std::string> strategy = std::nullopt;
  std::optional<StoreTime> submitted_from = std::nullopt, submitted_before = std::nullopt;
  std::vector<NumberBounds> bounds = {};  // all of them
  RunOrder order = RunOrder::submitted_at;
  bool is_ascending = false;  // the order turned round as a whole
};
// Keyset of (the number that orders the list, submitted_at, run_id), all descending; the last row of the previous page.
struct ListCursor {
  StoreTime submitted_at = 0;
  std::string run_id;
  std::optional<double> number = std::nullopt;  // set exactly where a number orders the list
};
// The place of a run in a list of that order.
ListCursor cursor_of(const RunRecord& record, RunOrder order);
struct ListPage {
  std::vector<RunRecord> runs;  // without the two config texts
  std::optional<ListCursor> next;
};

// What is to change of what people gave to a run. An empty name or note takes it away.
struct RunEdit {
  std::optional<std::string> run_name, note;
  std::optional<std::vector<std::string>> tags;  // checked_tags()
  // Where the run has others by now, edit() changes nothing and answers with the record as it is.
  std::optional<std::vector<std::string>> tags_before;
};

// News of a run that is over, told at least once: who takes it sends it and settles it.
struct RunNotice {
  std::string run_id;
  RunState state = RunState::completed;
  StoreTime ended_at = 0;
  int tries = 0;  // before this one
};

// How long a notice rests after it was tried `tries` times before: twice as long each time, an hour at most.
std::chrono::microseconds notice_pause(int tries, std::chrono::milliseconds first_pause);

struct Counts {
  std::int64_t queued = 0, running = 0, completed = 0, failed = 0, cancelled = 0;
  std::optional<double> oldest_queued_s;
  std::optional<double> oldest_lease_s;
};

struct RunEvent {  // append-only audit of state changes
  std::int64_t sequence = 0;
  std::string run_id;
  StoreTime at = 0;
  RunState state = RunState::queued;
  std::int64_t epoch = 0;
  std::string detail;
};

class RunStore {
 public:
  virtual ~RunStore() = default;

  // Creates what is the store's own to create (SQLite); checks schema version and grants (PostgreSQL).
  // Throws StoreUnavailable with a reason for the log.
  virtual void open() = 0;
  // Returns when the store answers and would take a submission; waits as long as that would, throws StoreUnavailable.
  virtual void ping() = 0;
  virtual StoreTime now() = 0;

  // Looks first for the key, then for the id, then at the limit. A known key answers with its run as it is now.
  virtual std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) = 0;
  // Higher priority first; within a priority the submitters in turn; within a submitter in order of submission (a run
  // that came back keeps its place). A submitter that joins waits for at most two runs of each other submitter.
  // started_at is that of the last attempt, and unset while the run is queued.
  virtual std::vector<ClaimedRun> claim(const ClaimRequest& request) = 0;
  // One answer per renewal, in order. An expired lease is lost, also before anybody reclaims it.
  virtual std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                        std::chrono::milliseconds lease_duration) = 0;
  // A cancel request does not stop it: it came too late. A repeated call returns the record as it is, whatever it
  // carries.
  virtual std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) = 0;
  // A retryable failure counts in failed_attempts; with a cancel request it ends the run as cancelled, not queued.
  virtual std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) = 0;
  // Back to the queue without blame (drain on SIGTERM); a run with a cancel request becomes cancelled.
  virtual std::expected<RunRecord, WriteError> release(const Lease& lease) = 0;
  // The holder saw the cancel request and stopped. Without a request: lease_lost.
  virtual std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) = 0;
  // Queued: cancelled at once. Running: requested (again and again); the holder learns it on renewal.
  virtual CancelOutcome cancel(std::string_view run_id) = 0;
  // Expired leases: queued again, counted as lost; after max_lost_attempts failed with code `poisoned`;
  // cancelled where that was requested. Returns the run ids touched.
  virtual std::vector<std::string> reclaim(int limit, int max_lost_attempts) = 0;

  virtual std::optional<RunRecord> get(std::string_view run_id) = 0;
  // The records that exist, in any order, without the two config texts where that is cheaper. Backends override it
  // with one query: event streams ask for all watched runs several times a second.
  virtual std::vector<RunRecord> get_many(const std::vector<std::string>& run_ids) {
    std::vector<RunRecord> records;
    for (const std::string& run_id : run_ids) {
      if (auto record = get(run_id)) records.push_back(std::move(*record));
    }
    return records;
  }
  // In any state. The record as it is then; nullopt where there is no such run. Advances the revision.
  virtual std::optional<RunRecord> edit(std::string_view run_id, const RunEdit& edit) = 0;
  virtual ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) = 0;
  // Old clients: rows `offset` .. of the same order.
  virtual ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) = 0;
  // With its events and its idempotency key.
  virtual std::expected<void, RemoveError> remove(std::string_view run_id) = 0;
  virtual Counts counts() = 0;
  // Queued runs of one submitter, up to `at_most`.
  virtual std::int64_t queued_of(std::string_view submitter, std::int64_t at_most) = 0;
  // Run ids of the first runs of the queue, up to `at_most`, in the order in which they would begin as it stands: by
  // priority, then by how many runs of their own submitter and priority come before them, then by whose first run of
  // that priority has the earlier turn; turns are taken in order of submission. Fewer than `at_most` are the whole
  // queue, as far as it is known. Reads about so many entries by index, and one of each submitter and priority.
  virtual std::vector<std::string> first_queued(std::int64_t at_most) = 0;
  virtual std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) = 0;
  // Whether runs that end from now on leave a notice. Those that are left are dropped where none are wanted any more.
  virtual void want_notices(bool are_wanted) = 0;
  // Up to `limit` notices that are due. Each is due again, for whoever asks then, after a pause that doubles with every
  // try from `first_pause` to an hour.
  virtual std::vector<RunNotice> take_notices(int limit, std::chrono::milliseconds first_pause) = 0;
  virtual void settle_notice(std::string_view run_id) = 0;
  // The lease of a running run, also after its expiry until somebody reclaims it, for gc and audits.
  virtual std::optional<Lease> current_lease(std::string_view run_id) = 0;
  // Null where the store keeps no keys and no audit.
  virtual AccessRecords* access_records() { return nullptr; }
};

}  // namespace backtest
