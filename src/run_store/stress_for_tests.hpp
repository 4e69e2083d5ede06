// Many callers at once on one set of runs, from a seed: submitters, workers that finish, fail, release, vanish, or
// stop beyond their lease and go on, cancellers and reclaimers. Used by the suite's tests and by longer campaigns.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "run_store/history_for_tests.hpp"

namespace backtest {

struct StressPlan {
  std::uint64_t seed = 1;
  int runs = 200;
  int submitters = 2;
  int workers = 8;
  int reclaimers = 1;
  std::chrono::milliseconds lease_duration{300};
  int killed_percent = 5;  // of attempts: the worker vanishes
  int paused_percent = 8;  // stopped beyond the lease, then goes on as if nothing had been
  int failed_percent = 5;  // faults of the machine
  int released_percent = 5;
  int cancelled_percent = 5;           // of runs
  std::chrono::seconds patience{120};  // for everything to end
};

struct StressResult {
  std::vector<std::string> violations;
  std::map<RunState, int> ends;
  int claims = 0, lost = 0, refused_writes = 0;
};

// `store_of(i)` is the store that caller i uses; several callers may share one.
StressResult stress(const StressPlan& plan, const std::function<RunStore&(int caller)>& store_of);

}  // namespace backtest
