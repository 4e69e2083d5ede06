// One attempt of one run: a child process under watch, from claim to published, failed or given up.
//
// Everything that the store is told carries the attempt's lease. Once the lease may have passed to somebody else (the
// fence), the child is killed and the run is dropped without another word to the store.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "artifact_store/artifact_places.hpp"
#include "run_store/lease_protocol.hpp"
#include "run_store/run_store.hpp"
#include "worker/attempt_job.hpp"
#include "worker/child_process.hpp"
#include "worker/descriptor_passing.hpp"
#include "worker/lease_policy.hpp"
#include "worker/starter.hpp"

namespace backtest {

struct AttemptSettings {
  std::string executable;            // this binary
  std::shared_ptr<Starter> starter;  // of it; null: each process is started by itself
  LeasePolicy lease;
  std::optional<std::chrono::milliseconds> run_timeout;
  std::uint64_t memory_limit_bytes = 0;  // 0 = none
  std::vector<std::string> allowed_data_dirs;
  std::optional<PanelCachePlace> panel_cache;
  DataAccess access;                       // to market data that are no files
  std::uint64_t artifact_limit_bytes = 0;  // 0 = none
  int max_failed_attempts = 3;
  // A machine that cannot run anything gives runs back without blame, but not for ever: from this attempt on it counts.
  int max_blameless_attempts = 20;
};

class Attempt {
 public:
  // Starts at once, on a thread of its own. `asked_at`: when the claim was sent. `on_finished` is called on that
  // thread, as its last act.
  Attempt(ClaimedRun run, MonotonicTime asked_at, const AttemptSettings& settings, RunStore& runs,
          const ArtifactPlaces& artifacts, std::function<void()> on_finished);
  ~Attempt();
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  const Lease& lease() const { return run_.lease; }
  // What the next renewal says of this attempt.
  Renewal renewal() const;
  // The answer to a renewal that was sent at `asked_at`.
  void renewed(LeaseState state, MonotonicTime asked_at);
  // Ends the child and gives the run back to the queue (drain).
  void give_back();
  bool is_finished() const { return finished_.load(); }
  // Valid once finished.
  LeaseEnd end() const { return end_; }
  // Valid once finished: the machine could not do its part (no room, no descriptor, no process, a directory that cannot
  // be written), whatever the run is.
  bool was_unfit() const { return was_unfit_; }

 private:
  enum class StopReason { none, cancel, give_back, fenced, timeout, too_large };

  void run();
  void begin();
  AttemptOutcome supervise();
  AttemptOutcome watch(ChildProcess& child);
  AttemptOutcome load_remote(const Spec& spec, const DataAccess& access, FileDescriptor& panel);
  AttemptJob job() const;
  void look_at_size();
  bool is_machine_unfit(const AttemptOutcome& outcome);
  void release();
  void conclude(const AttemptOutcome& outcome);
  void publish(const RunNumbers& numbers);
  void end_early(const AttemptOutcome& outcome);
  void report_failure(const AttemptOutcome& outcome);
  StopReason stop_reason() const;
  bool fenced() const;
  template <typename Write>
  bool write_until_fenced(Write&& write);

  const ClaimedRun run_;
  const AttemptSettings& settings_;
  RunStore& runs_;
  const ArtifactPlaces artifacts_;
  const std::function<void()> on_finished_;
  std::optional<RunLocation> location_;  // of object storage, where the artifacts go there
  std::unique_ptr<AttemptArtifacts> files_;
  const MonotonicTime started_ = std::chrono::steady_clock::now();

  mutable std::mutex mutex_;  // guards the three below
  MonotonicTime last_good_;
  std::optional<AttemptProgress> progress_;
  bool lease_lost_ = false;

  std::atomic<bool> cancel_{false};
  std::atomic<bool> give_back_{false};
  std::atomic<bool> finished_{false};
  LeaseEnd end_ = LeaseEnd::lost;
  bool was_unfit_ = false;
  bool is_too_large_ = false;
  bool is_upload_failed_ = false;
  MonotonicTime size_seen_{};
  std::thread thread_;
};

}  // namespace backtest
