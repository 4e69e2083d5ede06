#include "run_store/stress_for_tests.hpp"

#include <atomic>
#include <random>
#include <thread>

#include "base/random_id.hpp"
#include "run_store/recording_run_store_for_tests.hpp"

namespace backtest {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Campaign {
 public:
  Campaign(const StressPlan& plan, const std::function<RunStore&(int)>& store_of)
      : plan_(plan), store_of_(store_of), deadline_(steady_clock::now() + plan.patience) {}

  StressResult run() {
    std::vector<std::thread> threads;
    int caller = 0;
    for (int i = 0; i < plan_.submitters; ++i) threads.emplace_back([this, i, c = caller++] { submit_runs(i, c); });
    for (int i = 0; i < plan_.workers; ++i) threads.emplace_back([this, c = caller++] { work(c); });
    for (int i = 0; i < plan_.reclaimers; ++i) threads.emplace_back([this, c = caller++] { reclaim(c); });
    for (std::thread& thread : threads) thread.join();
    return judge();
  }

 private:
  std::minstd_rand random_of(int caller) const {
    std::seed_seq seed{plan_.seed, static_cast<std::uint64_t>(caller)};
    return std::minstd_rand(seed);
  }
  static bool happens(std::minstd_rand& random, int percent) {
    return std::uniform_int_distribution(0, 99)(random) < percent;
  }
  std::string id_of(int i) const { return "RUN-" + std::to_string(plan_.seed) + "-" + std::to_string(i); }

  void submit_runs(int submitter, int caller) {
    RecordingRunStore store(store_of_(caller), history_);
    auto random = random_of(caller);
    for (int i = submitter; i < plan_.runs; i += plan_.submitters) {
      Submission submission;
      submission.record.run_id = id_of(i);
      submission.record.output_dir = id_of(i);
      submission.record.submitter = "submitter " + std::to_string(submitter);
      submission.record.priority = std::uniform_int_distribution(-1, 1)(random);
      submission.idempotency_key = "key of " + id_of(i);
      submission.body_sha256 = "body of " + id_of(i);
      store.submit(submission);
      if (happens(random, 10)) {
        // The answer got lost: the same key with a new id.
        submission.record.run_id += "-again";
        store.submit(submission);
      }
      if (happens(random, plan_.cancelled_percent)) store.cancel(id_of(i));
    }
    ++submitters_done_;
  }

  bool is_over(RunStore& store) const {
    if (steady_clock::now() > deadline_) return true;
    if (submitters_done_ < plan_.submitters) return false;
    const Counts counts = store.counts();
    return counts.queued == 0 && counts.running == 0;
  }

  void work(int caller) {
    RunStore& plain = store_of_(caller);
    RecordingRunStore store(plain, history_);
    auto random = random_of(caller);
    const std::string worker_id = random_uuid();
    while (!is_over(plain)) {
      const auto claimed = store.claim({.worker_id = worker_id,
                                        .limit = std::uniform_int_distribution(1, 3)(random),
                                        .lease_duration = plan_.lease_duration});
      if (claimed.empty()) std::this_thread::sleep_for(plan_.lease_duration / 60);
      for (const ClaimedRun& run : claimed) attempt(store, run.lease, random);
    }
  }

  void attempt(RecordingRunStore& store, const Lease& lease, std::minstd_rand& random) {
    if (happens(random, plan_.killed_percent)) return;
    std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution(0, 3)(random)));
    const AttemptProgress progress{0.5, "2020-01-01", 1.0, static_cast<double>(lease.epoch)};
    const LeaseState renewed = store.renew({lease, progress}, plan_.lease_duration);
    if (happens(random, plan_.paused_percent)) {
      std::this_thread::sleep_for(plan_.lease_duration * std::uniform_int_distribution(11, 25)(random) / 10);
    } else if (renewed == LeaseState::cancel_requested) {
      store.finish_cancel(lease);
      return;
    }
    if (happens(random, plan_.failed_percent)) {
      store.fail(lease, {.code = "fault", .message = "m", .retryable = true, .max_failed_attempts = 50});
    } else if (happens(random, plan_.released_percent)) {
      store.release(lease);
    } else {
      const Completion completion{.artifacts = {"attempts/" + std::to_string(lease.epoch) + "-" + lease.token, "m"}};
      if (!store.complete(lease, completion)) return;
      if (happens(random, 10)) store.complete(lease, completion);  // the answer got lost
    }
  }

  void reclaim(int caller) {
    RunStore& plain = store_of_(caller);
    RecordingRunStore store(plain, history_);
    while (!is_over(plain)) {
      store.reclaim(16, 50);
      std::this_thread::sleep_for(plan_.lease_duration / 10);
    }
  }

  StressResult judge() {
    StressResult result;
    std::map<std::string, RunRecord> final;
    for (int i = 0; i < plan_.runs; ++i) {
      const auto record = store_of_(0).get(id_of(i));
      if (!record) continue;
      ++result.ends[record->state];
      final.emplace(record->run_id, *record);
    }
    const auto entries = history_.entries();
    for (const HistoryEntry& entry : entries) {
      if (entry.call == Call::claim) ++result.claims;
      if (entry.call == Call::reclaim) ++result.lost;
      if (entry.lease && !entry.accepted) ++result.refused_writes;
    }
    result.violations = violations(entries, final);
    return result;
  }

  const StressPlan plan_;
  const std::function<RunStore&(int)>& store_of_;
  const steady_clock::time_point deadline_;
  History history_;
  std::atomic<int> submitters_done_{0};
};

}  // namespace

StressResult stress(const StressPlan& plan, const std::function<RunStore&(int)>& store_of) {
  return Campaign(plan, store_of).run();
}

}  // namespace backtest
