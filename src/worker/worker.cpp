#include "worker/worker.hpp"

#include <algorithm>
#include <random>

#include "base/log.hpp"

namespace backtest {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds sweep_every{20};  // while attempts run: a free slot is filled soon
constexpr milliseconds idle_at_most{1'000};

// Spreads the polls of many workers: 75 % to 125 % of `base`.
milliseconds jittered(milliseconds base) {
  thread_local std::minstd_rand random(std::random_device{}());
  return milliseconds(base.count() * std::uniform_int_distribution<int>(75, 125)(random) / 100);
}

}  // namespace

Worker::Worker(WorkerSettings settings, RunStore& runs, ArtifactStore& artifacts)
    : settings_(std::move(settings)), runs_(runs), artifacts_(artifacts) {}

Worker::~Worker() {
  stop(milliseconds(0));
}

void Worker::start() {
  if (settings_.max_concurrent > 0) thread_ = std::thread([this] { run(); });
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
      const auto next = std::min({next_renewal_, next_claim_, next_reclaim_});
      const auto until = attempts_.empty() ? std::min(next, steady_clock::now() + idle_at_most)
                                           : std::min(next, steady_clock::now() + sweep_every);
      changed_.wait_until(lock, until, [&] { return woken_ || renewal_wanted_ || (stopping_ && !give_back_at); });
      if (woken_) next_claim_ = {};
      if (renewal_wanted_) next_renewal_ = {};
      woken_ = false;
      renewal_wanted_ = false;
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
    try {
      const auto now = steady_clock::now();
      if (now >= next_renewal_) renew_leases();
      if (!stopping && now >= next_reclaim_) reclaim_lost();
      if (!stopping && now >= next_claim_) claim_runs();
    } catch (const StoreUnavailable& error) {
      log_warning("the store is unavailable", {{"error", error.what()}});
      const auto later = steady_clock::now() + jittered(milliseconds(300));
      next_claim_ = std::max(next_claim_, later);
      next_reclaim_ = std::max(next_reclaim_, later);
      next_renewal_ = std::max(next_renewal_, later);
    }
  }
}

void Worker::sweep_finished() {
  const auto removed = std::erase_if(attempts_, [&](const std::unique_ptr<Attempt>& attempt) {
    if (!attempt->is_finished()) return false;
    ++ended_[static_cast<std::size_t>(attempt->end())];
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

bool Worker::has_disk_space() {
  const bool enough = artifacts_.free_bytes() >= settings_.min_free_bytes;
  if (!enough && !short_of_disk_.load()) {
    log_error("no run is claimed: the artifact store is short of space",
              {{"needed_bytes", std::to_string(settings_.min_free_bytes)}});
  }
  short_of_disk_.store(!enough);
  return enough;
}

void Worker::claim_runs() {
  next_claim_ = steady_clock::now() + jittered(settings_.poll_every);
  const int free_slots = settings_.max_concurrent - static_cast<int>(attempts_.size());
  if (free_slots <= 0 || !has_disk_space()) return;
  const auto asked_at = steady_clock::now();
  auto claimed = runs_.claim({.worker_id = settings_.worker_id,
                              .limit = free_slots,
                              .lease_duration = settings_.attempt.lease.duration,
                              .submitter_running_limit = settings_.submitter_running_limit});
  for (ClaimedRun& run : claimed) {
    attempts_.push_back(std::make_unique<Attempt>(std::move(run), asked_at, settings_.attempt, runs_, artifacts_));
  }
  running_.store(static_cast<int>(attempts_.size()));
  if (!claimed.empty()) {
    next_renewal_ = std::min(next_renewal_, asked_at + renewal_interval());
    next_claim_ = {};  // there may be more
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
