// What a holder writes, and what becomes of a lease that nobody renews. The decisions are lease_protocol.hpp's.
#include <utility>

#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/parallel_requests.hpp"

namespace backtest {

namespace {

using adls::RunDocument;

constexpr std::size_t renewals_at_once = 8;
constexpr std::size_t most_marked = 10'000;

struct Reason {  // why a run failed
  std::string code, message;
};

// Writes down what the protocol decided. What is queued again has not started, and has no progress; what is over keeps
// the last that was told.
void take_end(RunDocument& document, const LeasedRun& run, StoreTime now, std::string detail,
              const std::optional<Reason>& reason = std::nullopt, StoreTime available_at = 0) {
  document.take(run);
  document.available_at = available_at;
  RunRecord& record = document.record;
  ++record.revision;
  record.error.reset();
  record.error_code.reset();
  if (record.state == RunState::failed && reason) {
    record.error = reason->message;
    record.error_code = reason->code;
  }
  if (document.is_over()) {
    record.completed_at = now;
  } else {
    record.started_at.reset();
    record.completed_at.reset();
    record.progress = 0.0;
    record.progress_date.reset();
    record.progress_nav.reset();
    record.bars_per_second = 0.0;
  }
  document.append_event(now, std::move(detail));
}

}  // namespace

LeaseState AdlsRunStore::renew_one(const Renewal& renewal, std::chrono::milliseconds lease_duration) {
  LeaseState state = LeaseState::lost;
  const auto run = change(renewal.lease.run_id, [&](RunDocument& document) {
    const StoreTime now = clock_.now();
    LeasedRun leased = document.leased();
    state = renew_lease(leased, renewal.lease, now,
                        now + adls::store_time(lease_duration) + adls::ServiceClock::resolution);
    if (state == LeaseState::lost) return false;
    document.take(leased);
    if (!renewal.progress) return true;
    document.record.progress = renewal.progress->fraction;
    document.record.progress_date.reset();
    if (!renewal.progress->date.empty()) document.record.progress_date = renewal.progress->date;
    document.record.progress_nav = renewal.progress->nav;
    document.record.bars_per_second = renewal.progress->bars_per_second;
    return true;
  });
  if (!run || state == LeaseState::lost) return LeaseState::lost;
  // The marker says `held` only from the first renewal on: a run that ends before it saves the request.
  bool is_to_be_marked = false;
  {
    const std::lock_guard lock(marking_);
    if (marked_.size() > most_marked) marked_.clear();
    is_to_be_marked = marked_.insert(renewal.lease.token).second;
  }
  if (is_to_be_marked) write_marker(run->document.record, adls::held_marker);
  return state;
}

std::vector<LeaseState> AdlsRunStore::renew(const std::vector<Renewal>& renewals,
                                            std::chrono::milliseconds lease_duration) {
  std::vector<LeaseState> states(renewals.size(), LeaseState::lost);
  adls::ask_in_parallel(renewals.size(), renewals_at_once,
                        [&](std::size_t i) { states[i] = renew_one(renewals[i], lease_duration); });
  return states;
}

// Lets `decide(LeasedRun&, now)` end the lease and `write(document, run, now)` write down what it decided.
template <typename Decide, typename Write>
std::expected<RunRecord, WriteError> AdlsRunStore::end_lease(const Lease& lease, Decide&& decide, Write&& write) {
  WriteAnswer answer = WriteAnswer::lease_lost;
  const auto run = change(lease.run_id, [&](RunDocument& document) {
    const StoreTime now = clock_.now();
    LeasedRun leased = document.leased();
    answer = decide(leased, now);
    if (answer == WriteAnswer::applied) write(document, leased, now);
    return answer == WriteAnswer::applied;
  });
  if (!run || answer == WriteAnswer::lease_lost) return std::unexpected(WriteError::lease_lost);
  if (answer == WriteAnswer::applied) {
    {
      const std::lock_guard lock(marking_);
      marked_.erase(lease.token);
    }
    const RunRecord& record = run->document.record;
    if (run->document.is_over()) {
      remove_marker(names_.marker(record));
    } else {
      write_marker(record, adls::waiting_marker);
    }
  }
  return run->document.record;
}

std::expected<RunRecord, WriteError> AdlsRunStore::complete(const Lease& lease, const Completion& completion) {
  return end_lease(
      lease, [&](LeasedRun& run, StoreTime now) { return complete_run(run, lease, now); },
      [&](RunDocument& document, const LeasedRun& run, StoreTime now) {
        take_end(document, run, now, "completed");
        RunRecord& record = document.record;
        record.artifacts = completion.artifacts;
        record.numbers = completion.numbers;
        record.progress = 1.0;
        record.progress_nav.reset();  // final_equity says it
        if (completion.adls_container) record.adls_container = completion.adls_container;
        if (completion.adls_prefix) record.adls_prefix = completion.adls_prefix;
      });
}

std::expected<RunRecord, WriteError> AdlsRunStore::fail(const Lease& lease, const Failure& failure) {
  const StoreTime delay = adls::store_time(failure.retry_delay);
  return end_lease(
      lease, [&](LeasedRun& run, StoreTime now) { return fail_run(run, lease, now, failure); },
      [&](RunDocument& document, const LeasedRun& run, StoreTime now) {
        const std::string what = run.state == RunState::queued ? "will be tried again: " : "attempt failed: ";
        take_end(document, run, now, what + failure.code, Reason{failure.code, failure.message},
                 delay > 0 ? now + delay : 0);
      });
}

std::expected<RunRecord, WriteError> AdlsRunStore::release(const Lease& lease) {
  return end_lease(
      lease, [&](LeasedRun& run, StoreTime now) { return release_run(run, lease, now); },
      [&](RunDocument& document, const LeasedRun& run, StoreTime now) { take_end(document, run, now, "released"); });
}

std::expected<RunRecord, WriteError> AdlsRunStore::finish_cancel(const Lease& lease) {
  return end_lease(
      lease, [&](LeasedRun& run, StoreTime now) { return finish_cancel_of_run(run, lease, now); },
      [&](RunDocument& document, const LeasedRun& run, StoreTime now) { take_end(document, run, now, "cancelled"); });
}

bool AdlsRunStore::reclaim_marked(const OpenMarker& marker, int max_lost_attempts) {
  bool is_reclaimed = false;
  const auto run = change(marker.run_id, [&](RunDocument& document) {
    const StoreTime now = clock_.now();
    LeasedRun leased = document.leased();
    is_reclaimed = reclaim_run(leased, now, max_lost_attempts);
    if (!is_reclaimed) return false;
    const std::string times = std::to_string(leased.lost_attempts);
    take_end(document, leased, now, leased.state == RunState::failed ? "poisoned" : "lease lost",
             Reason{"poisoned", "the run lost its worker " + times + " times and is not tried again"});
    return true;
  });
  if (run) {
    mend_marker(marker, run->document);
  } else {
    remove_marker_without_record(marker);
  }
  return is_reclaimed;
}

std::vector<std::string> AdlsRunStore::reclaim(int limit, int max_lost_attempts) {
  std::vector<std::string> touched;
  for (const OpenMarker& marker : open_runs()) {
    if (std::ssize(touched) >= limit) break;
    const KnownRunPtr known = known_.find(marker.run_id);
    const bool is_known_running = known && known->document.record.state == RunState::running;
    // Where the record is known, so is a moment before which its lease does not end. Where it is not, another process
    // has claimed the run, and only the record can say.
    const bool may_be_lost = is_known_running ? !known->document.is_held(clock_.now()) : marker.is_held;
    if (may_be_lost && reclaim_marked(marker, max_lost_attempts)) touched.push_back(marker.run_id);
  }
  return touched;
}

}  // namespace backtest
