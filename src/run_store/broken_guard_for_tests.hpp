// A RunStore with one guard taken out, made from a sound one. Tests that cannot tell it from the sound store prove
// nothing (stress_test.cpp, guard_controls_test.cpp).
#pragma once

#include <map>
#include <mutex>

#include "run_store/run_store.hpp"

namespace backtest {

enum class BrokenGuard {
  none,        // sound: what fails then is the wrapper
  state_only,  // "where run_id = ? and state = 'running'": obeys anybody while somebody runs it
  id_only,     // "where run_id = ?": obeys anybody at any time; the last word stays
  epoch_only,
  token_only,
  expiry_ignored,
  key_ignored,
  body_ignored,  // a key answers whatever comes with it
  key_of_all,    // not of its submitter
  id_taken_ignored,
  queue_unbounded,
  submitter_unbounded,
  delay_ignored,
  retries_unbounded,
  never_poisoned,
  reclaims_held,
  reclaim_unbounded,
  cancel_forgotten,
  cancels_unasked,
  cancels_again,  // what is over
  removes_running,
};

class BrokenGuardRunStore final : public RunStore {
 public:
  BrokenGuardRunStore(RunStore& sound, BrokenGuard guard) : sound_(sound), guard_(guard) {}

  void open() override {}
  void ping() override { sound_.ping(); }
  StoreTime now() override { return sound_.now(); }
  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override {
    Submission changed = submission;
    if (guard_ == BrokenGuard::key_ignored) changed.idempotency_key.reset();
    if (guard_ == BrokenGuard::body_ignored) changed.body_sha256.clear();
    if (guard_ == BrokenGuard::key_of_all && changed.idempotency_key) changed.record.submitter = "ada";
    auto answer = sound_.submit(changed, guard_ == BrokenGuard::queue_unbounded ? SubmitLimits{} : limits);
    const bool taken = !answer && answer.error() == SubmitError::duplicate_run_id;
    if (taken && guard_ == BrokenGuard::id_taken_ignored) return Submitted{submission.record, false};
    return answer;
  }
  std::vector<ClaimedRun> claim(const ClaimRequest& request) override {
    ClaimRequest changed = request;
    if (guard_ == BrokenGuard::submitter_unbounded) changed.submitter_running_limit = 0;
    return sound_.claim(changed);
  }
  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override {
    std::vector<Renewal> obeyed = renewals;
    for (Renewal& renewal : obeyed) renewal.lease = obeyed_lease(renewal.lease);
    std::vector<LeaseState> states = sound_.renew(obeyed, lease_duration);
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (guard_ == BrokenGuard::expiry_ignored && is_current(renewals[i].lease)) states[i] = LeaseState::held;
    }
    return states;
  }
  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override {
    auto answer = sound_.complete(obeyed_lease(lease), completion);
    if (!is_obeyed_late(lease, answer.has_value())) return answer;
    std::optional<RunRecord> record = answer ? *answer : sound_.get(lease.run_id);
    if (!record) return std::unexpected(WriteError::lease_lost);
    record->state = RunState::completed;
    record->artifacts = completion.artifacts;
    const std::lock_guard lock(mutex_);
    overwritten_[lease.run_id] = *record;
    return *record;
  }
  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override {
    Failure changed = failure;
    if (guard_ == BrokenGuard::delay_ignored) changed.retry_delay = {};
    if (guard_ == BrokenGuard::retries_unbounded) changed.max_failed_attempts = 1'000;
    return sound_.fail(obeyed_lease(lease), changed);
  }
  std::expected<RunRecord, WriteError> release(const Lease& lease) override {
    return sound_.release(obeyed_lease(lease));
  }
  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override {
    if (guard_ == BrokenGuard::cancels_unasked) sound_.cancel(lease.run_id);
    return sound_.finish_cancel(obeyed_lease(lease));
  }
  CancelOutcome cancel(std::string_view run_id) override {
    if (guard_ == BrokenGuard::cancel_forgotten && sound_.current_lease(run_id)) return CancelOutcome::requested;
    const CancelOutcome outcome = sound_.cancel(run_id);
    const bool again = guard_ == BrokenGuard::cancels_again && outcome == CancelOutcome::already_terminal;
    return again ? CancelOutcome::cancelled : outcome;
  }
  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override {
    if (guard_ == BrokenGuard::reclaim_unbounded) limit = 1'000;
    if (guard_ == BrokenGuard::never_poisoned) max_lost_attempts = 1'000;
    std::vector<std::string> touched = sound_.reclaim(limit, max_lost_attempts);
    if (guard_ != BrokenGuard::reclaims_held) return touched;
    ListFilter running;
    running.state = RunState::running;
    for (const RunRecord& run : sound_.list(running, std::nullopt, limit).runs) {
      if (sound_.release(*sound_.current_lease(run.run_id))) touched.push_back(run.run_id);
    }
    return touched;
  }
  std::optional<RunRecord> get(std::string_view run_id) override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto its = overwritten_.find(run_id); its != overwritten_.end()) return its->second;
    }
    return sound_.get(run_id);
  }
  std::optional<RunRecord> edit(std::string_view run_id, const RunEdit& edit) override {
    return sound_.edit(run_id, edit);
  }
  void want_notices(bool are_wanted) override { sound_.want_notices(are_wanted); }
  std::vector<RunNotice> take_notices(int limit, std::chrono::milliseconds first_pause) override {
    return sound_.take_notices(limit, first_pause);
  }
  void settle_notice(std::string_view run_id) override { sound_.settle_notice(run_id); }
  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override {
    return sound_.list(filter, after, limit);
  }
  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override {
    return sound_.list_offset(filter, offset, limit);
  }
  std::expected<void, RemoveError> remove(std::string_view run_id) override {
    auto answer = sound_.remove(run_id);
    const bool running = !answer && answer.error() == RemoveError::not_terminal;
    if (running && guard_ == BrokenGuard::removes_running) return {};
    return answer;
  }
  Counts counts() override { return sound_.counts(); }
  std::int64_t queued_of(std::string_view submitter, std::int64_t at_most) override {
    return sound_.queued_of(submitter, at_most);
  }
  std::vector<std::string> first_queued(std::int64_t at_most) override { return sound_.first_queued(at_most); }
  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override {
    return sound_.events(run_id, after_sequence);
  }
  std::optional<Lease> current_lease(std::string_view run_id) override { return sound_.current_lease(run_id); }

 private:
  bool is_current(const Lease& lease) { return sound_.current_lease(lease.run_id) == lease; }
  bool is_obeyed_late(const Lease& lease, bool was_obeyed) {
    return guard_ == BrokenGuard::id_only ||
           (guard_ == BrokenGuard::expiry_ignored && !was_obeyed && is_current(lease));
  }
  Lease obeyed_lease(const Lease& lease) {
    const auto current = sound_.current_lease(lease.run_id);
    if (!current) return lease;
    switch (guard_) {
      case BrokenGuard::state_only:
      case BrokenGuard::id_only:
        return *current;
      case BrokenGuard::epoch_only:
        return current->epoch == lease.epoch ? *current : lease;
      case BrokenGuard::token_only:
        return current->token == lease.token ? *current : lease;
      default:
        return lease;
    }
  }

  RunStore& sound_;
  const BrokenGuard guard_;
  std::mutex mutex_;
  std::map<std::string, RunRecord, std::less<>> overwritten_;
};

}  // namespace backtest
