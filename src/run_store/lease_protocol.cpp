#include "run_store/lease_protocol.hpp"

#include <array>

#include "base/assertion.hpp"

namespace backtest {

namespace {

constexpr std::array<std::string_view, lease_end_count> end_texts{"none",     "completed", "failed", "retried",
                                                                  "released", "cancelled", "lost"};

bool is_last_claim(const LeasedRun& run, const Lease& lease) {
  return run.epoch == lease.epoch && !lease.token.empty() && run.token == lease.token;
}

void end_lease(LeasedRun& run, RunState state, LeaseEnd end) {
  run.state = state;
  run.end = end;
  run.expires_at = 0;
}

}  // namespace

std::string_view to_text(LeaseEnd end) {
  return end_texts[static_cast<std::size_t>(end)];
}

LeaseEnd parse_lease_end(std::string_view text) {
  for (std::size_t i = 0; i < end_texts.size(); ++i) {
    if (end_texts[i] == text) return static_cast<LeaseEnd>(i);
  }
  return LeaseEnd::none;
}

bool holds_lease(const LeasedRun& run, const Lease& lease, StoreTime now) {
  return run.state == RunState::running && is_last_claim(run, lease) && now < run.expires_at;
}

void claim_run(LeasedRun& run, std::string token, StoreTime expires_at) {
  BACKTEST_ASSERT(run.state == RunState::queued, "only queued runs are claimed");
  BACKTEST_ASSERT(!token.empty(), "a lease has a token");
  run.state = RunState::running;
  ++run.epoch;
  run.token = std::move(token);
  run.expires_at = expires_at;
  run.end = LeaseEnd::none;
  ++run.attempts;
}

LeaseState renew_lease(LeasedRun& run, const Lease& lease, StoreTime now, StoreTime expires_at) {
  if (!holds_lease(run, lease, now)) return LeaseState::lost;
  run.expires_at = expires_at;
  return run.cancel_requested ? LeaseState::cancel_requested : LeaseState::held;
}

WriteAnswer complete_run(LeasedRun& run, const Lease& lease, StoreTime now) {
  if (run.end == LeaseEnd::completed && is_last_claim(run, lease)) return WriteAnswer::repeated;
  if (!holds_lease(run, lease, now)) return WriteAnswer::lease_lost;
  end_lease(run, RunState::completed, LeaseEnd::completed);
  return WriteAnswer::applied;
}

WriteAnswer fail_run(LeasedRun& run, const Lease& lease, StoreTime now, const Failure& failure) {
  const bool was_failure = run.end == LeaseEnd::failed || run.end == LeaseEnd::retried;
  if (was_failure && is_last_claim(run, lease)) return WriteAnswer::repeated;
  if (!holds_lease(run, lease, now)) return WriteAnswer::lease_lost;
  if (failure.retryable) ++run.failed_attempts;
  if (!failure.retryable || run.failed_attempts >= failure.max_failed_attempts) {
    end_lease(run, RunState::failed, LeaseEnd::failed);
  } else if (run.cancel_requested) {
    end_lease(run, RunState::cancelled, LeaseEnd::retried);
  } else {
    end_lease(run, RunState::queued, LeaseEnd::retried);
  }
  return WriteAnswer::applied;
}

WriteAnswer release_run(LeasedRun& run, const Lease& lease, StoreTime now) {
  if (run.end == LeaseEnd::released && is_last_claim(run, lease)) return WriteAnswer::repeated;
  if (!holds_lease(run, lease, now)) return WriteAnswer::lease_lost;
  end_lease(run, run.cancel_requested ? RunState::cancelled : RunState::queued, LeaseEnd::released);
  return WriteAnswer::applied;
}

WriteAnswer finish_cancel_of_run(LeasedRun& run, const Lease& lease, StoreTime now) {
  if (run.end == LeaseEnd::cancelled && is_last_claim(run, lease)) return WriteAnswer::repeated;
  if (!holds_lease(run, lease, now) || !run.cancel_requested) return WriteAnswer::lease_lost;
  end_lease(run, RunState::cancelled, LeaseEnd::cancelled);
  return WriteAnswer::applied;
}

CancelOutcome cancel_run(LeasedRun& run) {
  if (is_terminal(run.state)) return CancelOutcome::already_terminal;
  run.cancel_requested = true;
  if (run.state == RunState::running) return CancelOutcome::requested;
  run.state = RunState::cancelled;
  return CancelOutcome::cancelled;
}

bool reclaim_run(LeasedRun& run, StoreTime now, int max_lost_attempts) {
  if (run.state != RunState::running || now < run.expires_at) return false;
  ++run.lost_attempts;
  if (run.cancel_requested) {
    end_lease(run, RunState::cancelled, LeaseEnd::lost);
  } else if (run.lost_attempts >= max_lost_attempts) {
    end_lease(run, RunState::failed, LeaseEnd::lost);
  } else {
    end_lease(run, RunState::queued, LeaseEnd::lost);
  }
  return true;
}

}  // namespace backtest
