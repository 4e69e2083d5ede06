// Garbage collection: removes runs past retention, and of artifacts what the run store proves dead. `backtest gc`, and
// `backtest serve` by itself while runs have a retention.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "artifact_store/artifact_places.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

struct GarbageRules {
  int retention_days = 0;              // 0 keeps every run
  int audit_retention_days = 0;        // 0 keeps every event
  std::chrono::seconds min_age{3600};  // an attempt younger than this stays, whatever became of it
  bool is_dry_run = false;             // counts and changes nothing
  std::function<bool()> is_stopping;   // asked between runs: true ends the collection early. Unset: never
};

struct Collected {
  std::size_t runs = 0;           // past retention, with their artifacts
  std::size_t attempts = 0;       // lost, or left by a removal that did not come to its end
  std::uint64_t bytes = 0;        // of those attempts
  std::int64_t audit_events = 0;  // past their retention
  std::size_t datasets = 0;       // contents that no data set names any more
  std::uint64_t dataset_bytes = 0;
  std::size_t young_attempts = 0;  // kept: not of the minimum age yet
  std::size_t unknown_runs = 0;    // kept: artifacts of runs or attempts that the store does not know

  std::string text(const GarbageRules& rules) const;  // for people: what went, then lines for what there was besides
};

// `places` are those of `artifacts` that are this store's (ownership.hpp). An attempt is dead when the store knows its
// run and that this attempt was begun, and it is neither published nor running. Files directly below a run's directory
// (`backtest run`, the Python service) are nobody's garbage, nor are the local files of a run that failed because they
// could not be uploaded.
Collected collect_garbage(RunStore& runs, const ArtifactPlaces& artifacts, const std::vector<ArtifactStore*>& places,
                          const GarbageRules& rules);

}  // namespace backtest
