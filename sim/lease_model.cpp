#include "lease_model.hpp"

#include <algorithm>
#include <array>

#include "base/assertion.hpp"
#include "worker/lease_policy.hpp"

namespace backtest::sim {

namespace {

using Violation = std::optional<std::string>;

constexpr std::array<const char*, 13> step_texts{"a tick passes",
                                                 "cancel",
                                                 "reclaim",
                                                 "sends claim",
                                                 "sends renewal",
                                                 "sends completion",
                                                 "sends failure",
                                                 "sends release",
                                                 "sends finish_cancel",
                                                 "call arrives",
                                                 "call arrives, answer lost",
                                                 "call lost",
                                                 "crashes"};

constexpr int answer_ticks = 1;  // how long an answer may be on its way; only a worker that counts from it cares

MonotonicTime moment(int tick) {
  return MonotonicTime(std::chrono::seconds(tick));
}

bool is_within_fence(const ModelWorker& worker, int tick, const Bounds& bounds, Variant variant) {
  if (variant == Variant::no_fence) return true;
  const LeasePolicy policy{.duration = std::chrono::seconds(bounds.lease_ticks)};
  return !policy.is_fenced(moment(worker.good_since), moment(tick));
}

// At most one worker may execute the run.
Violation check_executors(const World& world, const Bounds& bounds, Variant variant) {
  int executors = 0;
  for (const ModelWorker& worker : world.workers) {
    const bool executes = (worker.phase == Phase::working || worker.phase == Phase::renewing) && !worker.ending;
    if (executes && is_within_fence(worker, world.tick, bounds, variant)) ++executors;
  }
  return executors > 1 ? Violation("two workers execute the run") : std::nullopt;
}

bool same_run(const LeasedRun& a, const LeasedRun& b) {
  return a.state == b.state && a.epoch == b.epoch && a.token == b.token && a.end == b.end;
}

// The lease and the time as the store's guard sees them.
struct Seen {
  Lease lease;
  StoreTime now;
};
Seen as_seen(const World& world, const Lease& lease, Variant variant) {
  const Lease current{"run", world.run.epoch, world.run.token};
  const bool runs = world.run.state == RunState::running;
  if (variant == Variant::state_only && runs) return {current, world.run.expires_at - 1};
  if (variant == Variant::id_only && runs) return {current, world.run.expires_at - 1};
  if (variant == Variant::expiry_ignored && runs) return {lease, world.run.expires_at - 1};
  return {lease, world.tick};
}

// What holds for every write of a holder that changed something.
Violation check_obeyed(const World& before, const World& after, const Lease& lease) {
  if (same_run(before.run, after.run) && before.run.expires_at == after.run.expires_at) return std::nullopt;
  if (is_terminal(before.run.state)) return "a run that was over changed";
  if (before.last_granted != lease) return "a stale lease was obeyed";
  if (before.tick >= before.run.expires_at) return "an expired lease was obeyed";
  return std::nullopt;
}

Violation arrive_claim(World& world, ModelWorker& worker, bool heard, const Bounds& bounds, Variant variant) {
  const LeasedRun before = world.run;
  worker.phase = Phase::idle;
  if (world.run.state != RunState::queued || world.run.attempts >= bounds.claims) return std::nullopt;
  const bool reuses = variant == Variant::epoch_reused;
  claim_run(world.run, reuses ? "token" : "token" + std::to_string(world.run.attempts + 1),
            world.tick + bounds.lease_ticks);
  if (reuses) world.run.epoch = 1;
  const Lease lease{"run", world.run.epoch, world.run.token};
  const bool grows = before.epoch < lease.epoch;
  world.last_granted = lease;
  if (heard) {
    const int good_since = variant == Variant::fence_from_answer ? world.tick + answer_ticks : worker.asked_at;
    worker = {.phase = Phase::working, .lease = lease, .good_since = good_since};
  }
  return grows ? std::nullopt : Violation("an epoch was used twice");
}

Violation arrive_renewal(World& world, ModelWorker& worker, bool heard, const Bounds& bounds, Variant variant) {
  const World before = world;
  const Lease lease = worker.lease;
  const Seen seen = as_seen(world, lease, variant);
  const LeaseState answer = renew_lease(world.run, seen.lease, seen.now, world.tick + bounds.lease_ticks);
  worker.phase = Phase::working;
  if (heard && answer == LeaseState::lost) {
    worker = {};
  } else if (heard) {
    worker.good_since = variant == Variant::fence_from_answer ? world.tick + answer_ticks : worker.asked_at;
    worker.saw_cancel = worker.saw_cancel || answer == LeaseState::cancel_requested;
  }
  return check_obeyed(before, world, lease);
}

WriteAnswer decide(World& world, Phase phase, const Lease& lease, const Bounds& bounds, Variant variant) {
  const Seen seen = as_seen(world, lease, variant);
  switch (phase) {
    case Phase::completing: {
      if (variant == Variant::id_only && world.published_by != lease) {
        world.run.state = RunState::completed;
        world.run.end = LeaseEnd::completed;
        return WriteAnswer::applied;
      }
      const WriteAnswer answer = complete_run(world.run, seen.lease, seen.now);
      const bool refuses = variant == Variant::repeat_refused && answer == WriteAnswer::repeated;
      return refuses ? WriteAnswer::lease_lost : answer;
    }
    case Phase::failing: {
      const Failure failure{.retryable = true, .max_failed_attempts = bounds.max_failed_attempts};
      return fail_run(world.run, seen.lease, seen.now, failure);
    }
    case Phase::releasing:
      return release_run(world.run, seen.lease, seen.now);
    default:
      return finish_cancel_of_run(world.run, seen.lease, seen.now);
  }
}

Violation arrive_end(World& world, ModelWorker& worker, bool heard, const Bounds& bounds, Variant variant) {
  const World before = world;
  const Phase phase = worker.phase;
  const Lease lease = worker.lease;
  const WriteAnswer answer = decide(world, phase, lease, bounds, variant);
  if (heard) {
    worker = {};
  } else {
    worker.phase = Phase::working;  // it tells it again until the fence
  }
  if (phase == Phase::completing && answer == WriteAnswer::lease_lost && before.published_by == lease) {
    return "the publisher was told that its lease is lost";
  }
  if (answer == WriteAnswer::repeated && !same_run(before.run, world.run)) return "a repeated write changed the run";
  if (phase == Phase::completing && answer == WriteAnswer::applied) {
    if (before.published_by && before.published_by != lease) return "two leases published";
    world.published_by = lease;
    if (world.published_by != world.last_granted) return "published by another than the last lease";
  }
  return check_obeyed(before, world, lease);
}

Violation arrive(World& world, int index, bool heard, const Bounds& bounds, Variant variant) {
  ModelWorker& worker = world.workers[static_cast<std::size_t>(index)];
  if (worker.phase == Phase::claiming) return arrive_claim(world, worker, heard, bounds, variant);
  if (worker.phase == Phase::renewing) return arrive_renewal(world, worker, heard, bounds, variant);
  return arrive_end(world, worker, heard, bounds, variant);
}

Violation reclaim(World& world, const Bounds& bounds, Variant variant) {
  const StoreTime expires_at = world.run.expires_at;
  const StoreTime now = variant == Variant::reclaimed_early ? std::max<StoreTime>(world.tick, expires_at) : world.tick;
  const bool reclaimed = reclaim_run(world.run, now, bounds.max_lost_attempts);
  return reclaimed && world.tick < expires_at ? Violation("a lease in force was reclaimed") : std::nullopt;
}

void send(World& world, int index, Phase phase) {
  ModelWorker& worker = world.workers[static_cast<std::size_t>(index)];
  worker.phase = phase;
  if (phase != Phase::claiming && phase != Phase::renewing) worker.ending = phase;
  worker.asked_at = world.tick;
}

bool is_under_way(const ModelWorker& worker) {
  return worker.phase != Phase::idle && worker.phase != Phase::working;
}

void add_worker_actions(const World& world, int index, const Bounds& bounds, Variant variant,
                        std::vector<Action>& actions) {
  const ModelWorker& worker = world.workers[static_cast<std::size_t>(index)];
  const auto add = [&](Step step) { actions.push_back({step, index}); };
  if (worker.phase == Phase::idle) {
    if (world.run.state == RunState::queued && world.run.attempts < bounds.claims) add(Step::send_claim);
    return;
  }
  add(Step::crash);
  if (is_under_way(worker)) {
    add(Step::arrive);
    add(Step::arrive_unheard);
    add(Step::never_arrive);
    return;
  }
  if (!is_within_fence(worker, world.tick, bounds, variant)) return;
  const auto may_end_by = [&](Phase ending) { return !worker.ending || worker.ending == ending; };
  if (!worker.ending) add(Step::send_renewal);
  if (may_end_by(Phase::completing)) add(Step::send_completion);
  if (may_end_by(Phase::failing)) add(Step::send_failure);
  if (may_end_by(Phase::releasing)) add(Step::send_release);
  if (worker.saw_cancel && may_end_by(Phase::finishing_cancel)) add(Step::send_finish_cancel);
}

}  // namespace

std::string described(const Action& action) {
  const std::string text = step_texts[static_cast<std::size_t>(action.step)];
  return action.worker < 0 ? text : "worker " + std::to_string(action.worker) + " " + text;
}

World first_world(const Bounds& bounds) {
  World world;
  world.workers.resize(static_cast<std::size_t>(bounds.workers));
  return world;
}

std::vector<Action> possible_actions(const World& world, const Bounds& bounds, Variant variant) {
  std::vector<Action> actions;
  if (world.tick < bounds.last_tick) actions.push_back({Step::time_passes, -1});
  if (!is_terminal(world.run.state) && !world.run.cancel_requested) actions.push_back({Step::cancel, -1});
  if (world.run.state == RunState::running && variant != Variant::never_reclaimed) {
    if (variant == Variant::reclaimed_early || world.tick >= world.run.expires_at)
      actions.push_back({Step::reclaim, -1});
  }
  for (int i = 0; i < bounds.workers; ++i) add_worker_actions(world, i, bounds, variant, actions);
  return actions;
}

std::optional<std::string> apply(World& world, const Action& action, const Bounds& bounds, Variant variant) {
  Violation violation;
  switch (action.step) {
    case Step::time_passes:
      ++world.tick;
      break;
    case Step::cancel:
      cancel_run(world.run);
      break;
    case Step::reclaim:
      violation = reclaim(world, bounds, variant);
      break;
    case Step::send_claim:
      send(world, action.worker, Phase::claiming);
      break;
    case Step::send_renewal:
      send(world, action.worker, Phase::renewing);
      break;
    case Step::send_completion:
      send(world, action.worker, Phase::completing);
      break;
    case Step::send_failure:
      send(world, action.worker, Phase::failing);
      break;
    case Step::send_release:
      send(world, action.worker, Phase::releasing);
      break;
    case Step::send_finish_cancel:
      send(world, action.worker, Phase::finishing_cancel);
      break;
    case Step::arrive:
      violation = arrive(world, action.worker, true, bounds, variant);
      break;
    case Step::arrive_unheard:
      violation = arrive(world, action.worker, false, bounds, variant);
      break;
    case Step::never_arrive: {
      ModelWorker& worker = world.workers[static_cast<std::size_t>(action.worker)];
      worker.phase = worker.phase == Phase::claiming ? Phase::idle : Phase::working;
      break;
    }
    case Step::crash:
      world.workers[static_cast<std::size_t>(action.worker)] = {};
      break;
  }
  if (violation) return violation;
  BACKTEST_ASSERT(world.run.attempts <= bounds.claims, "the bounds hold");
  return check_executors(world, bounds, variant);
}

std::string key_of(const World& world) {
  // Every number of a small world fits a byte; a lease is known by its epoch, because its token follows from it.
  const auto byte_of = [](std::int64_t number) {
    BACKTEST_ASSERT(number >= -1 && number < 127, "the world is small");
    return static_cast<char>(number);
  };
  const auto epoch_of = [](const std::optional<Lease>& lease) { return lease ? lease->epoch : -1; };
  const LeasedRun& run = world.run;
  std::string key;
  for (const std::int64_t number :
       {std::int64_t{world.tick}, static_cast<std::int64_t>(run.state), run.epoch, run.expires_at,
        static_cast<std::int64_t>(run.end), std::int64_t{run.cancel_requested}, std::int64_t{run.attempts},
        std::int64_t{run.lost_attempts}, std::int64_t{run.failed_attempts}, epoch_of(world.last_granted),
        epoch_of(world.published_by)}) {
    key += byte_of(number);
  }
  std::vector<std::string> workers;
  for (const ModelWorker& worker : world.workers) {
    std::string text;
    const bool has_lease = worker.phase != Phase::idle && worker.phase != Phase::claiming;
    const int ending = worker.ending ? static_cast<int>(*worker.ending) : -1;
    const int good_since = has_lease ? worker.good_since : 0;
    // A call's time matters only for renewals and claims under way.
    const bool asks = worker.phase == Phase::claiming || worker.phase == Phase::renewing;
    for (const std::int64_t number :
         {static_cast<std::int64_t>(worker.phase), std::int64_t{asks ? worker.asked_at : 0}, std::int64_t{good_since},
          std::int64_t{worker.saw_cancel}, std::int64_t{ending}, has_lease ? worker.lease.epoch : 0}) {
      text += byte_of(number);
    }
    workers.push_back(std::move(text));
  }
  std::ranges::sort(workers);  // who is who makes no difference
  for (const std::string& worker : workers) key += worker;
  return key;
}

}  // namespace backtest::sim
