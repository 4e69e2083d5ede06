// A RunStore with a guard that is known to be too weak, made from a sound one: what a store that asks less than the
// whole lease would do. Tests that cannot tell it from the sound store prove nothing.
//
//   state_only: "where run_id = ? and state = 'running'": obeys anybody while somebody runs it.
//   id_only:    "where run_id = ?": obeys anybody at any time; the last word stays.
#pragma once

#include <map>
#include <mutex>

#include "run_store/run_store.hpp"

namespace backtest {

enum class BrokenGuard { state_only, id_only };

class BrokenGuardRunStore final : public RunStore {
 public:
  BrokenGuardRunStore(RunStore& sound, BrokenGuard guard) : sound_(sound), guard_(guard) {}

  void open() override {}
  void ping() override { sound_.ping(); }
  StoreTime now() override { return sound_.now(); }
  std::expected<Submitted, SubmitError> submit(const Submission& submission, const SubmitLimits& limits) override {
    return sound_.submit(submission, limits);
  }
  std::vector<ClaimedRun> claim(const ClaimRequest& request) override { return sound_.claim(request); }
  std::vector<LeaseState> renew(const std::vector<Renewal>& renewals,
                                std::chrono::milliseconds lease_duration) override {
    std::vector<Renewal> obeyed = renewals;
    for (Renewal& renewal : obeyed) renewal.lease = obeyed_lease(renewal.lease);
    return sound_.renew(obeyed, lease_duration);
  }
  std::expected<RunRecord, WriteError> complete(const Lease& lease, const Completion& completion) override {
    auto answer = sound_.complete(obeyed_lease(lease), completion);
    if (guard_ == BrokenGuard::state_only) return answer;
    std::optional<RunRecord> record = answer ? *answer : sound_.get(lease.run_id);
    if (!record) return std::unexpected(WriteError::lease_lost);
    record->state = RunState::completed;
    record->artifacts = completion.artifacts;
    const std::lock_guard lock(mutex_);
    overwritten_[lease.run_id] = *record;
    return *record;
  }
  std::expected<RunRecord, WriteError> fail(const Lease& lease, const Failure& failure) override {
    return sound_.fail(obeyed_lease(lease), failure);
  }
  std::expected<RunRecord, WriteError> release(const Lease& lease) override {
    return sound_.release(obeyed_lease(lease));
  }
  std::expected<RunRecord, WriteError> finish_cancel(const Lease& lease) override {
    return sound_.finish_cancel(obeyed_lease(lease));
  }
  CancelOutcome cancel(std::string_view run_id) override { return sound_.cancel(run_id); }
  std::vector<std::string> reclaim(int limit, int max_lost_attempts) override {
    return sound_.reclaim(limit, max_lost_attempts);
  }
  std::optional<RunRecord> get(std::string_view run_id) override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto its = overwritten_.find(run_id); its != overwritten_.end()) return its->second;
    }
    return sound_.get(run_id);
  }
  ListPage list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) override {
    return sound_.list(filter, after, limit);
  }
  ListPage list_offset(const ListFilter& filter, std::int64_t offset, int limit) override {
    return sound_.list_offset(filter, offset, limit);
  }
  std::expected<void, RemoveError> remove(std::string_view run_id) override { return sound_.remove(run_id); }
  Counts counts() override { return sound_.counts(); }
  std::vector<RunEvent> events(std::string_view run_id, std::int64_t after_sequence) override {
    return sound_.events(run_id, after_sequence);
  }
  std::optional<Lease> current_lease(std::string_view run_id) override { return sound_.current_lease(run_id); }

 private:
  Lease obeyed_lease(const Lease& lease) { return sound_.current_lease(lease.run_id).value_or(lease); }

  RunStore& sound_;
  const BrokenGuard guard_;
  std::mutex mutex_;
  std::map<std::string, RunRecord, std::less<>> overwritten_;
};

}  // namespace backtest
