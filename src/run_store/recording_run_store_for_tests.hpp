// A RunStore for tests that passes every changing call on and writes it into a History. Calls that throw are written
// as not accepted: their fate is unknown to the caller.
#pragma once

#include "run_store/history_for_tests.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

class RecordingRunStore {
 public:
  RecordingRunStore(RunStore& store, History& history) : store_(store), history_(history) {}

  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits = {}) {
    HistoryEntry entry{.call = Call::submit, .run_id = submission.record.run_id, .begin = history_.tick()};
    auto answer = store_.submit(submission, limits);
    entry.accepted = answer.has_value();
    if (answer) entry.run_id = answer->record.run_id;
    entry.idempotency_key = submission.idempotency_key.value_or("");
    finish(std::move(entry));
    return answer;
  }

  std::vector<ClaimedRun> claim(const ClaimRequest& request) {
    const std::int64_t begin = history_.tick();
    auto claimed = store_.claim(request);
    const std::int64_t end = history_.tick();
    for (const ClaimedRun& run : claimed) {
      history_.add({.call = Call::claim,
                    .run_id = run.lease.run_id,
                    .begin = begin,
                    .end = end,
                    .accepted = true,
                    .lease = run.lease});
    }
    return claimed;
  }

  LeaseState renew(const Renewal& renewal, std::chrono::milliseconds lease_duration) {
    HistoryEntry entry = of(Call::renew, renewal.lease);
    const LeaseState state = store_.renew({renewal}, lease_duration).at(0);
    entry.accepted = state != LeaseState::lost;
    finish(std::move(entry));
    return state;
  }

  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) {
    HistoryEntry entry = of(Call::complete, lease);
    entry.prefix = completion.artifacts.prefix;
    return finish_write(std::move(entry), [&] { return store_.complete(lease, completion); });
  }
  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) {
    return finish_write(of(Call::fail, lease), [&] { return store_.fail(lease, failure); });
  }
  std::expected<RunRecord, WriteError> release(const Lease& lease) {
    return finish_write(of(Call::release, lease), [&] { return store_.release(lease); });
  }
  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) {
    return finish_write(of(Call::finish_cancel, lease), [&] { return store_.finish_cancel(lease); });
  }

  CancelOutcome cancel(const std::string& run_id) {
    HistoryEntry entry{.call = Call::cancel, .run_id = run_id, .begin = history_.tick()};
    const CancelOutcome outcome = store_.cancel(run_id);
    entry.accepted = outcome == CancelOutcome::cancelled || outcome == CancelOutcome::requested;
    finish(std::move(entry));
    return outcome;
  }

  std::vector<std::string> reclaim(int limit, int max_lost_attempts) {
    const std::int64_t begin = history_.tick();
    auto run_ids = store_.reclaim(limit, max_lost_attempts);
    const std::int64_t end = history_.tick();
    for (const std::string& run_id : run_ids) {
      history_.add({.call = Call::reclaim, .run_id = run_id, .begin = begin, .end = end, .accepted = true});
    }
    return run_ids;
  }

 private:
  HistoryEntry of(Call call, const Lease& lease) {
    return {.call = call, .run_id = lease.run_id, .begin = history_.tick(), .lease = lease};
  }
  void finish(HistoryEntry entry) {
    entry.end = history_.tick();
    history_.add(std::move(entry));
  }
  template <typename Write>
  std::expected<RunRecord, WriteError> finish_write(HistoryEntry entry, Write&& write) {
    try {
      auto answer = write();
      entry.accepted = answer.has_value();
      if (answer) entry.state = answer->state;
      finish(std::move(entry));
      return answer;
    } catch (const StoreUnavailable&) {
      finish(std::move(entry));
      throw;
    }
  }

  RunStore& store_;
  History& history_;
};

}  // namespace backtest
