// What callers of a RunStore saw, and whether one correct store can have answered so. recording_run_store_for_tests.hpp
// writes down every call with the moments of its begin and its end; violations() judges the whole.
//
// The promises:
//   - every acknowledged submission ends, in one state that never changes afterwards;
//   - epochs of a run grow with every claim and tokens are never reused;
//   - once a claim was answered, no older lease of that run is obeyed any more;
//   - a run has at most one end, told by the lease of its last claim, and its artifacts are those of that lease;
//   - the NAV of a run without results is its last attempt's, where that told one;
//   - one idempotency key names one run.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "run_store/run_store.hpp"

namespace backtest {

enum class Call { submit, claim, renew, complete, fail, release, finish_cancel, cancel, reclaim };
std::string_view to_text(Call call);

// One call about one run. A claim or renewal of several runs is several entries.
struct HistoryEntry {
  Call call = Call::submit;
  std::string run_id;
  std::int64_t begin = 0, end = 0;  // ticks of one counter shared by all callers
  bool accepted = false;            // the store said that it did it
  std::optional<Lease> lease;       // of claim and of the holder's writes
  std::optional<RunState> state;    // the run's after an accepted write
  std::string prefix;               // of complete's artifacts
  std::string idempotency_key;      // of submit
};

// Any number of recording stores may share one history.
class History {
 public:
  std::int64_t tick() { return ++ticks_; }
  void add(HistoryEntry entry);
  std::vector<HistoryEntry> entries() const;

 private:
  std::atomic<std::int64_t> ticks_{0};
  mutable std::mutex mutex_;
  std::vector<HistoryEntry> entries_;
};

// `final` is what the store says of each run when everything is quiet. Empty = nothing contradicts the promises.
std::vector<std::string> violations(const std::vector<HistoryEntry>& entries,
                                    const std::map<std::string, RunRecord>& final);

}  // namespace backtest
