// The lease protocol as pure decisions about one run. Stores that read, decide and write inside one transaction call
// it; a store that decides in SQL does the same and is held to it by the conformance suite; sim/ explores it
// exhaustively.
//
// A run is held by the lease of its last claim while it is running and that lease has not expired. Only the holder
// changes a running run; after the expiry only reclaim() does. The epoch and token of the last claim stay after its
// end, with how it ended, so that a holder whose answer got lost may repeat its write and hears that it was done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "run_store/run_store.hpp"

namespace backtest {

enum class LeaseEnd { none, completed, failed, retried, released, cancelled, lost };
inline constexpr std::size_t lease_end_count = 7;
std::string_view to_text(LeaseEnd end);
LeaseEnd parse_lease_end(std::string_view text);  // unknown text is none: nothing can be repeated then

struct LeasedRun {
  RunState state = RunState::queued;
  std::int64_t epoch = 0;         // of the last claim
  std::string token;              // of the last claim
  StoreTime expires_at = 0;       // while running
  LeaseEnd end = LeaseEnd::none;  // how the last claim ended; none while it runs
  bool cancel_requested = false;
  int attempts = 0;
  int lost_attempts = 0;
  int failed_attempts = 0;
};

enum class WriteAnswer { applied, repeated, lease_lost };

bool holds_lease(const LeasedRun& run, const Lease& lease, StoreTime now);

// The run must be queued.
void claim_run(LeasedRun& run, std::string token, StoreTime expires_at);
LeaseState renew_lease(LeasedRun& run, const Lease& lease, StoreTime now, StoreTime expires_at);
// A cancel request that comes after the work is done is too late: the run completes.
WriteAnswer complete_run(LeasedRun& run, const Lease& lease, StoreTime now);
// Queued again where the failure is retryable, attempts remain and no cancel was asked for (then cancelled).
WriteAnswer fail_run(LeasedRun& run, const Lease& lease, StoreTime now, const Failure& failure);
WriteAnswer release_run(LeasedRun& run, const Lease& lease, StoreTime now);
// Without a cancel request there is nothing to finish: lease_lost, nothing changes.
WriteAnswer finish_cancel_of_run(LeasedRun& run, const Lease& lease, StoreTime now);
CancelOutcome cancel_run(LeasedRun& run);
// False where the run is not running or its lease has not expired.
bool reclaim_run(LeasedRun& run, StoreTime now, int max_lost_attempts);

}  // namespace backtest
