// One run, some workers, one store, and time in ticks. The store decides by run_store/lease_protocol.hpp and the
// workers by worker/lease_policy.hpp; what lies between them may be late, get lost, or never arrive.
//
// A call has two steps: it is sent (where the worker looks at its fence and notes the time), and later it reaches the
// store, whose answer comes back or is lost. A worker that is stopped between the two is just one that is late.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run_store/lease_protocol.hpp"

namespace backtest::sim {

// What is wrong with the protocol; `sound` is the product's.
enum class Variant {
  sound,
  state_only,         // "where run_id = ? and state = 'running'"
  id_only,            // "where run_id = ?"
  epoch_reused,       // every claim gives the same epoch and token
  expiry_ignored,     // an expired lease is obeyed until it is reclaimed
  reclaimed_early,    // leases in force are reclaimed
  never_reclaimed,    // nobody looks for expired leases
  repeat_refused,     // a repeated completion hears lease_lost
  fence_from_answer,  // the worker counts from the answer, not from the question
  no_fence,           // the worker believes in its lease until it is told otherwise
};

struct Bounds {
  int workers = 2;
  int last_tick = 7;
  int claims = 3;
  int lease_ticks = 3;
  int max_lost_attempts = 2;
  int max_failed_attempts = 2;
};

enum class Phase { idle, claiming, working, renewing, completing, failing, releasing, finishing_cancel };

struct ModelWorker {
  Phase phase = Phase::idle;
  Lease lease;
  int good_since = 0;  // when the last good call was sent
  int asked_at = 0;    // when the call under way was sent
  bool saw_cancel = false;
  // The attempt is over and this is how its lease is to end; it is told again until an answer comes or the fence.
  std::optional<Phase> ending;
};

struct World {
  int tick = 0;
  LeasedRun run;
  std::vector<ModelWorker> workers;
  // What really happened, for the invariants; the store does not see it.
  std::optional<Lease> last_granted;
  std::optional<Lease> published_by;
};

enum class Step {
  time_passes,
  cancel,
  reclaim,
  send_claim,
  send_renewal,
  send_completion,
  send_failure,
  send_release,
  send_finish_cancel,
  arrive,          // the call reaches the store and its answer the worker
  arrive_unheard,  // the answer is lost
  never_arrive,    // the call is lost
  crash,
};

struct Action {
  Step step = Step::time_passes;
  int worker = -1;
};
std::string described(const Action& action);

World first_world(const Bounds& bounds);
// What may happen next. Empty in the last tick.
std::vector<Action> possible_actions(const World& world, const Bounds& bounds, Variant variant);
// Changes the world; gives the promise that was broken, if one was.
std::optional<std::string> apply(World& world, const Action& action, const Bounds& bounds, Variant variant);
// Equal worlds have equal keys.
std::string key_of(const World& world);

}  // namespace backtest::sim
