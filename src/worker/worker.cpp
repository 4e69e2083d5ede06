#include "worker/worker.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "base/log.hpp"

namespace backtest {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds idle_at_most{1'000};
constexpr milliseconds fault_pause{300};

// How long a worker claims nothing after attempts that the machine failed: the first may be chance, from the third on
// others should have the runs.
constexpr std::array<milliseconds, 4> machine_pauses{milliseconds(1'000), milliseconds(3'000), milliseconds(30'000),
                                                     milliseconds(60'000)};
constexpr int pauses_before_suspension = 3;

// Spreads the polls of many workers: 75 % to 125 % of `base`.
milliseconds jittered(milliseconds base) {
  thread_local std::minstd_rand random(std::random_device{}());
  return milliseconds(base.count() * std::uniform_int_distribution<int>(75, 125)(random) / 100);
}

}  // namespace

Worker::Worker(WorkerSettings settings, RunStore& runs, const ArtifactPlaces& artifacts, FitnessCheck fitness)
    : settings_(std::move(settings)), runs_(runs), artifacts_(artifacts), fitness_(std::move(fitness)) {}

Worker::~Worker() {
  stop(milliseconds(0));
}

void Worker::start() {
  if (settings_.max_concurrent > 0 && !thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Worker::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Worker::renew_soon() {
  {
    const std::lock_guard lock(mutex_);
    renewal_wanted_ = true;
  }
  changed_.notify_one();
}

void Worker::stop(milliseconds grace) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    grace_ = grace;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::run() {
  std::optional<MonotonicTime> give_back_at;
  for (;;) {
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      const auto now = steady_clock::now();
      auto until = std::min(next_renewal_, now + idle_at_most);
      if (!stopping_) until = std::min({until, next_claim_, next_reclaim_});
      if (give_back_at && *give_back_at > now) until = std::min(until, *give_back_at);
      changed_.wait_until(lock, until,
                          [&] { return woken_ || renewal_wanted_ || is_slot_free_ || (stopping_ && !give_back_at); });
      if (woken_) next_claim_ = {};
      if (renewal_wanted_) next_renewal_ = {};
      woken_ = false;
      renewal_wanted_ = false;
      is_slot_free_ = false;
      stopping = stopping_;
      if (stopping && !give_back_at) give_back_at = steady_clock::now() + grace_;
    }
    sweep_finished();
    if (stopping) {
      if (attempts_.empty()) return;
      if (steady_clock::now() >= *give_back_at) {
        for (const auto& attempt : attempts_) attempt->give_back();
      }
    }
    step(stopping);
  }
}

// No fault ends the thread: of the store, of the disk, of threads, memory or descriptors. What was held goes on, and
// the rest is tried again soon.
void Worker::step(bool is_stopping) {
  const auto delay_all = [&] {
    const auto later = steady_clock::now() + jittered(fault_pause);
    next_claim_ = std::max(next_claim_, later);
    next_reclaim_ = std::max(next_reclaim_, later);
    next_renewal_ = std::max(next_renewal_, later);
  };
  try {
    const auto now = steady_clock::now();
    if (now >= next_renewal_) renew_leases();
    if (!is_stopping && now >= next_reclaim_) reclaim_lost();
    if (!is_stopping && now >= next_claim_) claim_runs();
    if (store_fault_.end()) log_info("the store is available again");
  } catch (const StoreUnavailable& error) {
    if (store_fault_.is_to_be_said()) log_warning("the store is unavailable", {{"error", error.what()}});
    delay_all();
  } catch (const std::exception& error) {
    suspend("the machine cannot execute runs");
    if (machine_fault_.is_to_be_said()) log_error("no run is claimed", {{"error", error.what()}});
    delay_all();
  }
}

void Worker::note_finished() {
  {
    const std::lock_guard lock(mutex_);
    is_slot_free_ = true;
  }
  changed_.notify_one();
}

void Worker::sweep_finished() {
  const auto removed = std::erase_if(attempts_, [&](const std::unique_ptr<Attempt>& attempt) {
    if (!attempt->is_finished()) return false;
    ++ended_[static_cast<std::size_t>(attempt->end())];
    note_end(*attempt);
    return true;
  });
  if (removed > 0) next_claim_ = {};
  running_.store(static_cast<int>(attempts_.size()));
}

// Cancel requests and progress ride on renewals, so a running attempt renews at least every second.
milliseconds Worker::renewal_interval() const {
  return std::min(settings_.attempt.lease.renew_every(), milliseconds(1'000));
}

void Worker::renew_leases() {
  const auto asked_at = steady_clock::now();
  if (attempts_.empty()) {
    next_renewal_ = asked_at + settings_.attempt.lease.renew_every();
    return;
  }
  std::vector<Renewal> renewals;
  for (const auto& attempt : attempts_) renewals.push_back(attempt->renewal());
  const auto states = runs_.renew(renewals, settings_.attempt.lease.duration);
  for (std::size_t i = 0; i < attempts_.size() && i < states.size(); ++i) attempts_[i]->renewed(states[i], asked_at);
  next_renewal_ = asked_at + renewal_interval();
}

void Worker::note_end(const Attempt& attempt) {
  if (!attempt.was_unfit()) {
    // Lost and given back say nothing of the machine.
    const bool is_executed = attempt.end() != LeaseEnd::lost && attempt.end() != LeaseEnd::released;
    if (is_executed) pauses_in_a_row_ = 0;
    return;
  }
  const auto now = steady_clock::now();
  machine_failed_at_ = now;
  if (now < paused_until_) return;  // attempts that ran beside the one that brought the pause
  const auto pause = machine_pauses[std::min<std::size_t>(static_cast<std::size_t>(pauses_in_a_row_), 3)];
  ++pauses_in_a_row_;
  paused_until_ = now + jittered(pause);
  next_claim_ = std::max(next_claim_, paused_until_);
  if (pauses_in_a_row_ < pauses_before_suspension) return;
  suspend("runs fail on this machine");
  if (machine_fault_.is_to_be_said()) {
    log_error("no run is claimed: the machine failed several in a row", {{"pause_s", pause.count() / 1000}});
  }
}

std::optional<std::string> Worker::suspension() const {
  const std::lock_guard lock(suspension_mutex_);
  return suspension_;
}

void Worker::suspend(std::string reason) {
  const std::lock_guard lock(suspension_mutex_);
  suspension_ = std::move(reason);
}

bool Worker::is_fit() {
  const Fitness fitness = fitness_(machine_failed_at_);
  const bool is_known = fitness.is_fit || !fitness.reason.empty();
  if (!fitness.is_fit && is_known && machine_fault_.is_to_be_said()) {
    log_error("no run is claimed", {{"reason", fitness.reason}});
  }
  return fitness.is_fit;
}

void Worker::claim_runs() {
  const auto asked_at = steady_clock::now();
  next_claim_ = asked_at + jittered(settings_.poll_every);
  int free_slots = settings_.max_concurrent - static_cast<int>(attempts_.size());
  if (free_slots <= 0 || asked_at < paused_until_ || !is_fit()) return;
  // After a pause, one run a second until one could be executed.
  const bool is_trial = pauses_in_a_row_ > 0;
  if (is_trial) free_slots = 1;
  {
    const std::lock_guard lock(suspension_mutex_);
    suspension_.reset();
  }
  auto claimed = runs_.claim({.worker_id = settings_.worker_id,
                              .limit = free_slots,
                              .lease_duration = settings_.attempt.lease.duration,
                              .submitter_running_limit = settings_.submitter_running_limit});
  // Not before there is work: a service that executes nothing has no such process.
  if (!claimed.empty() && settings_.attempt.starter) settings_.attempt.starter->keep_alive();
  for (ClaimedRun& run : claimed) start_attempt(std::move(run), asked_at);
  running_.store(static_cast<int>(attempts_.size()));
  if (machine_fault_.end()) log_info("runs are claimed again");
  if (!claimed.empty()) {
    next_renewal_ = std::min(next_renewal_, asked_at + renewal_interval());
    next_claim_ = is_trial ? asked_at + milliseconds(1'000) : MonotonicTime{};  // there may be more
  }
}

void Worker::use_access(DataAccess access) {
  const std::lock_guard lock(mutex_);
  AttemptSettings changed = changed_settings_.empty() ? settings_.attempt : changed_settings_.back();
  changed.access = std::move(access);
  changed_settings_.push_back(std::move(changed));
}

const AttemptSettings& Worker::attempt_settings() {
  const std::lock_guard lock(mutex_);
  return changed_settings_.empty() ? settings_.attempt : changed_settings_.back();
}

// A run for which no thread is to be had goes back at once, without blame.
void Worker::start_attempt(ClaimedRun run, MonotonicTime asked_at) {
  const Lease lease = run.lease;
  try {
    attempts_.push_back(std::make_unique<Attempt>(std::move(run), asked_at, attempt_settings(), runs_, artifacts_,
                                                  [this] { note_finished(); }));
  } catch (const std::exception& error) {
    if (machine_fault_.is_to_be_said()) log_error("no attempt can be started", {{"error", error.what()}});
    machine_failed_at_ = steady_clock::now();
    paused_until_ = machine_failed_at_ + machine_pauses[0];
    suspend("the machine cannot execute runs");
    if (!runs_.release(lease)) log_warning("a run that could not be started was lost", {{"run_id", lease.run_id}});
  }
}

void Worker::reclaim_lost() {
  constexpr int batch = 64;
  next_reclaim_ = steady_clock::now() + jittered(std::max(settings_.attempt.lease.duration / 3, milliseconds(100)));
  for (const std::string& run_id : runs_.reclaim(batch, settings_.max_lost_attempts)) {
    log_warning("a lease was lost and its run reclaimed", {{"run_id", run_id}});
    next_claim_ = {};
  }
}

}  // namespace backtest
