// A worker: claims runs while it has free slots and the machine can execute them, renews the leases of its attempts in
// one batch, and reclaims leases that others lost. Any number of workers, in any number of processes, share a store.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "base/repeated_fault.hpp"
#include "run_store/run_store.hpp"
#include "worker/attempt.hpp"

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
  // References must outlive the worker.
  Worker(WorkerSettings settings, RunStore& runs, ArtifactStore& artifacts);
  ~Worker();  // as stop(0)
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // There may be work: looks at once instead of at the next poll. Any thread.
  void wake();
  // A cancel was asked for: renews at once, because its answer carries the request. Any thread.
  void renew_soon();
  // No new claims; running attempts get `grace` to finish, then they are given back to the queue.
  void stop(std::chrono::milliseconds grace);

  int running() const { return running_.load(); }
  // Why no run is claimed for now, as one may say it in public; nullopt while runs are.
  std::optional<std::string> suspension() const;
  bool is_short_of_disk() const { return short_of_disk_.load(); }
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
  void start_attempt(ClaimedRun run, MonotonicTime asked_at);
  bool can_write_artifacts();
  bool has_disk_space();
  void note_end(const Attempt& attempt);
  void suspend(std::string reason);

  const WorkerSettings settings_;
  RunStore& runs_;
  ArtifactStore& artifacts_;

  std::mutex mutex_;  // guards the three below
  std::condition_variable changed_;
  bool woken_ = false;
  bool renewal_wanted_ = false;
  bool stopping_ = false;

  // The worker thread's own.
  std::vector<std::unique_ptr<Attempt>> attempts_;
  MonotonicTime next_renewal_{};
  MonotonicTime next_claim_{};
  MonotonicTime next_reclaim_{};
  MonotonicTime artifacts_seen_{};  // when they were last found writable
  MonotonicTime paused_until_{};
  int pauses_in_a_row_ = 0;  // since the last run that this machine could execute
  RepeatedFault store_fault_, machine_fault_;

  mutable std::mutex suspension_mutex_;  // guards the next
  std::optional<std::string> suspension_;

  std::chrono::milliseconds grace_{0};
  std::atomic<int> running_{0};
  std::atomic<bool> short_of_disk_{false};
  std::array<std::atomic<std::uint64_t>, lease_end_count> ended_{};
  std::thread thread_;
};

}  // namespace backtest
