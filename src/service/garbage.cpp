#include "service/garbage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "artifact_store/attempt_prefix.hpp"
#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "dataset/dataset_catalog.hpp"

namespace backtest {

namespace {

std::string prefix_of(const Lease& lease) {
  return attempt_prefix(lease.epoch, lease.token);
}

RunPlace place_of(const RunRecord& record) {
  return {record.run_id, record.adls_container, record.adls_prefix};
}

class Collection {
 public:
  Collection(RunStore& runs, const ArtifactPlaces& artifacts, const GarbageRules& rules)
      : runs_(runs), artifacts_(artifacts), rules_(rules) {}

  Collected collect(const std::vector<ArtifactStore*>& places) {
    if (rules_.retention_days > 0) remove_past_retention();
    remove_old_audit();
    if (std::ranges::find(places, &artifacts_.home()) != places.end()) remove_unnamed_datasets();
    for (ArtifactStore* place : places) {
      finish_removals(*place);
      for (const std::string& run_id : place->run_ids()) {
        if (is_stopping()) return collected_;
        remove_dead_attempts(*place, run_id);
      }
    }
    return collected_;
  }

 private:
  void remove_past_retention() {
    const StoreTime horizon = runs_.now() - rules_.retention_days * microseconds_per_day;
    for (const RunState state : {RunState::completed, RunState::failed, RunState::cancelled}) {
      std::optional<ListCursor> after;
      do {
        const ListPage page = runs_.list({.state = state, .text = "", .completed_before = horizon}, after, 200);
        for (const RunRecord& run : page.runs) {
          if (is_stopping()) return;
          remove_run(run);
        }
        after = page.next;
      } while (after);
    }
  }

  // By the store alone: its clock, and its rule of what may go.
  void remove_old_audit() {
    AccessRecords* records = runs_.access_records();
    if (rules_.audit_retention_days <= 0 || rules_.is_dry_run || records == nullptr) return;
    collected_.audit_events = records->remove_audit_older_than(rules_.audit_retention_days);
  }

  void remove_unnamed_datasets() {
    DatasetStore* store = artifacts_.home().datasets();
    if (store == nullptr) return;
    const CollectedDatasets collected = collect_datasets(*store, rules_.min_age, rules_.is_dry_run);
    collected_.datasets = collected.contents;
    collected_.dataset_bytes = collected.bytes;
  }

  // The record goes before the files: a reader never meets a run whose artifacts are half gone.
  void remove_run(const RunRecord& run) {
    if (!rules_.is_dry_run) {
      ArtifactStore* place = nullptr;
      try {
        place = &artifacts_.of(place_of(run));
      } catch (const InvalidInput& error) {
        log_warning("a run past retention stays: its place may not be used",
                    {{"run_id", run.run_id}, {"reason", error.what()}});
        return;
      }
      place->condemn_run(run.run_id);
      if (!runs_.remove(run.run_id)) {
        place->spare_run(run.run_id);
        return;
      }
      place->remove_run(run.run_id);
    }
    ++collected_.runs;
  }

  // Removals whose process died: the note says that it was meant, the missing record that it was done.
  void finish_removals(ArtifactStore& place) {
    for (const std::string& run_id : place.condemned_runs()) {
      if (runs_.get(run_id)) continue;
      count_attempts(place, run_id);
      if (!rules_.is_dry_run) place.remove_run(run_id);
    }
  }

  void remove_dead_attempts(ArtifactStore& place, const std::string& run_id) {
    // The attempts are listed before the lease is read: an attempt that starts in between is not in the list.
    const auto attempts = place.attempts(run_id);
    if (attempts.empty() && !place.list(run_id, "").empty()) return;
    const auto lease = runs_.current_lease(run_id);
    const auto record = runs_.get(run_id);
    if (!record) {
      remove_unknown_run(place, run_id, attempts);
      return;
    }
    const bool is_kept_locally = &place == &artifacts_.local() && record->error_code == "artifact_upload_failed";
    if (is_kept_locally && is_terminal(record->state)) return;
    for (const AttemptInfo& attempt : attempts) {
      const bool is_published =
          record->artifacts && record->artifacts->prefix == attempt.prefix && is_at(*record, place);
      const bool is_held = lease && prefix_of(*lease) == attempt.prefix;
      if (is_published || is_held) continue;
      // A run that has ended stays as it is. One that has not may have been begun under a store that knew more than
      // this one, which was put back from a backup.
      if (!is_terminal(record->state) && epoch_of_attempt(attempt.prefix) > record->attempts) {
        ++collected_.unknown_runs;
      } else if (is_young(attempt)) {
        ++collected_.young_attempts;
      } else {
        count(place, run_id, attempt);
        if (!rules_.is_dry_run) place.remove_attempt(run_id, attempt.prefix);
      }
    }
  }

  // The store cannot prove anything about it. Directories without a file are no loss.
  void remove_unknown_run(ArtifactStore& place, const std::string& run_id, const std::vector<AttemptInfo>& attempts) {
    bool has_files = false, is_any_young = false;
    for (const AttemptInfo& attempt : attempts) {
      has_files = has_files || !place.list(run_id, attempt.prefix).empty();
      is_any_young = is_any_young || is_young(attempt);
    }
    if (has_files || is_any_young) {
      ++collected_.unknown_runs;
    } else if (!rules_.is_dry_run) {
      place.remove_run(run_id);
    }
  }

  // What lies on this machine of a run whose result is in object storage is left over.
  bool is_at(const RunRecord& record, ArtifactStore& place) const {
    try {
      return &artifacts_.of(place_of(record)) == &place;
    } catch (const InvalidInput&) {
      return true;  // nobody can say; so it stays
    }
  }

  bool is_stopping() const { return rules_.is_stopping && rules_.is_stopping(); }

  bool is_young(const AttemptInfo& attempt) const {
    return utc_now() - attempt.modified_at < rules_.min_age.count() * 1'000'000;
  }

  void count(ArtifactStore& place, const std::string& run_id, const AttemptInfo& attempt) {
    ++collected_.attempts;
    for (const ArtifactInfo& file : place.list(run_id, attempt.prefix)) collected_.bytes += file.size_bytes;
  }

  void count_attempts(ArtifactStore& place, const std::string& run_id) {
    for (const AttemptInfo& attempt : place.attempts(run_id)) count(place, run_id, attempt);
  }

  RunStore& runs_;
  const ArtifactPlaces& artifacts_;
  const GarbageRules& rules_;
  Collected collected_;
};

}  // namespace

std::string Collected::text(const GarbageRules& rules) const {
  std::string text = fmt::format("{} {} runs past retention and {} lost attempts",
                                 rules.is_dry_run ? "would remove" : "removed", runs, attempts);
  if (bytes > 0) text += fmt::format("\n{:.1f} MB of lost attempts", static_cast<double>(bytes) / 1048576.0);
  if (datasets > 0) {
    text +=
        fmt::format("\n{} {} contents that no data set names, {:.1f} MB", rules.is_dry_run ? "would remove" : "removed",
                    datasets, static_cast<double>(dataset_bytes) / 1048576.0);
  }
  if (audit_events > 0) text += fmt::format("\nremoved {} events of the audit past their retention", audit_events);
  if (young_attempts > 0) {
    text += fmt::format("\nkept {} attempts younger than {} s (BACKTEST_GC_MIN_AGE_SECONDS)", young_attempts,
                        rules.min_age.count());
  }
  if (unknown_runs > 0)
    text += fmt::format("\nkept the files of {} runs that this run store does not know", unknown_runs);
  return text;
}

Collected collect_garbage(RunStore& runs, const ArtifactPlaces& artifacts, const std::vector<ArtifactStore*>& places,
                          const GarbageRules& rules) {
  return Collection(runs, artifacts, rules).collect(places);
}

}  // namespace backtest
