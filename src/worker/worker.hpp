// A worker: claims runs while it has free slots and the machine can execute them, renews the leases of its attempts in
// one batch, and reclaims leases that others lost. Any number of workers, in any number of processes, share a store.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "artifact_store/artifact_places.hpp"
#include "base/repeated_fault.hpp"
#include "run_store/run_store.hpp"
#include "worker/attempt.hpp"
#include "worker/fitness.hpp"

namespace backtest {

struct WorkerSettings {
  std::string worker_id;  // a fresh UUID per process
  int max_concurrent = 1;
  AttemptSettings attempt;
  int submitter_running_limit = 0;            // 0 = none
  int max_lost_attempts = 3;                  // then the run is poisoned
  std::chrono::milliseconds poll_every{500};  // jittered; wake() comes first where a hint does
};

class Worker {
 public:
  // References, and the stores of the places, must outlive the worker. While `fitness` says no, it claims nothing.
  Worker(WorkerSettings settings, RunStore& runs, const ArtifactPlaces& artifacts, FitnessCheck fitness);
  ~Worker();  // as stop(0)
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // There may be work: looks at once instead of at the next poll. Any thread.
  void wake();
  // A cancel was asked for: renews at once, because its answer carries the request. Any thread.
  void renew_soon();
  // Attempts from now on get into market data with these credentials. Any thread.
  void use_access(DataAccess access);
  // No new claims; running attempts get `grace` to finish, then they are given back to the queue.
  void stop(std::chrono::milliseconds grace);

  int running() const { return running_.load(); }
  // Why no run is claimed for now, as one may say it in public; nullopt while runs are.
  std::optional<std::string> suspension() const;
  // Attempts that ended so far, by how their lease ended.
  std::uint64_t ended(LeaseEnd end) const { return ended_[static_cast<std::size_t>(end)].load(); }

 private:
  void run();
  void sweep_finished();
  std::chrono::milliseconds renewal_interval() const;
  void renew_leases();
  void claim_runs();
  void reclaim_lost();
  void step(bool is_stopping);
  void note_finished();
  void start_attempt(ClaimedRun run, MonotonicTime asked_at);
  bool is_fit();
  void note_end(const Attempt& attempt);
  void suspend(std::string reason);

  // What attempts from now on are started with. Those before stay as long as the worker, for attempts that run.
  const AttemptSettings& attempt_settings();

  const WorkerSettings settings_;
  RunStore& runs_;
  const ArtifactPlaces artifacts_;
  const FitnessCheck fitness_;

  std::mutex mutex_;  // guards the five below
  std::condition_variable changed_;
  bool woken_ = false;
  bool renewal_wanted_ = false;
  bool is_slot_free_ = false;
  bool stopping_ = false;
  std::deque<AttemptSettings> changed_settings_;  // the last counts; one for each change

  // The worker thread's own.
  std::vector<std::unique_ptr<Attempt>> attempts_;
  MonotonicTime next_renewal_{};
  MonotonicTime next_claim_{};
  MonotonicTime next_reclaim_{};
  MonotonicTime machine_failed_at_{};  // the machine is looked at anew before the next claim
  MonotonicTime paused_until_{};
  int pauses_in_a_row_ = 0;  // since the last run that this machine could execute
  RepeatedFault store_fault_, machine_fault_;

  mutable std::mutex suspension_mutex_;  // guards the next
  std::optional<std::string> suspension_;

  std::chrono::milliseconds grace_{0};
  std::atomic<int> running_{0};
  std::array<std::atomic<std::uint64_t>, lease_end_count> ended_{};
  std::thread thread_;
};

}  // namespace backtest
