#include "edge/cli/gc_command.hpp"

#include <fmt/format.h>

#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_settings.hpp"

namespace backtest {

namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

std::size_t remove_past_retention(RunStore& runs, ArtifactStore& artifacts, int retention_days) {
  std::size_t removed = 0;
  const StoreTime horizon = runs.now() - retention_days * microseconds_per_day;
  for (const RunState state : {RunState::completed, RunState::failed, RunState::cancelled}) {
    std::optional<ListCursor> after;
    do {
      const ListPage page = runs.list({.state = state, .text = "", .completed_before = horizon}, after, 200);
      for (const RunRecord& run : page.runs) {
        // The record goes first: a reader never meets a run whose artifacts are half gone. What is left of them when
        // this process dies in between, remove_lost_attempts() knows by its place below attempts/; the files of a run
        // without published attempt may be the Python service's, have no such mark, and go before the record.
        if (!run.artifacts) artifacts.remove_run(run.run_id);
        if (!runs.remove(run.run_id)) continue;
        if (run.artifacts) artifacts.remove_run(run.run_id);
        ++removed;
      }
      after = page.next;
    } while (after);
  }
  return removed;
}

std::string prefix_of(const Lease& lease) {
  return fmt::format("attempts/{}-{}", lease.epoch, lease.token);
}

std::size_t remove_lost_attempts(RunStore& runs, ArtifactStore& artifacts) {
  std::size_t removed = 0;
  for (const std::string& run_id : artifacts.run_ids()) {
    // The attempts are listed before the lease is read: an attempt that starts in between is not in the list.
    const auto attempts = artifacts.attempts(run_id);
    // Files directly below the run's directory are the Python service's, or none of ours.
    const bool is_empty = attempts.empty() && artifacts.list(run_id, "").empty();
    if (attempts.empty() && !is_empty) continue;
    const auto lease = runs.current_lease(run_id);
    const auto record = runs.get(run_id);
    for (const std::string& attempt : attempts) {
      const bool is_published = record && record->artifacts && record->artifacts->prefix == attempt;
      const bool is_held = lease && prefix_of(*lease) == attempt;
      if (is_published || is_held) continue;
      artifacts.remove_attempt(run_id, attempt);
      ++removed;
    }
    if (!record) artifacts.remove_run(run_id);
  }
  return removed;
}

}  // namespace

Collected collect_garbage(RunStore& runs, ArtifactStore& artifacts, int retention_days) {
  Collected collected;
  if (retention_days > 0) collected.runs = remove_past_retention(runs, artifacts, retention_days);
  collected.attempts = remove_lost_attempts(runs, artifacts);
  return collected;
}

int gc_command(const Adapters& adapters) {
  const auto settings = read_settings(Role::maintenance, adapters);
  if (!settings) return exit_invalid_input;
  const auto runs = adapters.run_store(*settings);
  const auto artifacts = adapters.artifact_store(*settings);
  runs->open();
  const Collected collected = collect_garbage(*runs, *artifacts, settings->retention_days);
  fmt::print("removed {} runs past retention and {} lost attempts\n", collected.runs, collected.attempts);
  return exit_done;
}

}  // namespace backtest
