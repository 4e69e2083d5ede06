#include "service/garbage.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "base/utc_time.hpp"

namespace backtest {

namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

std::string prefix_of(const Lease& lease) {
  return fmt::format("attempts/{}-{}", lease.epoch, lease.token);
}

// Of attempts/<epoch>-<token>.
std::int64_t epoch_of(std::string_view prefix) {
  prefix.remove_prefix(prefix.find('/') + 1);
  std::int64_t epoch = 0;
  std::from_chars(prefix.data(), prefix.data() + prefix.size(), epoch);
  return epoch;
}

class Collection {
 public:
  Collection(RunStore& runs, ArtifactStore& artifacts, const GarbageRules& rules)
      : runs_(runs), artifacts_(artifacts), rules_(rules) {}

  Collected collect() {
    if (rules_.retention_days > 0) remove_past_retention();
    finish_removals();
    for (const std::string& run_id : artifacts_.run_ids()) {
      if (is_stopping()) break;
      remove_dead_attempts(run_id);
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
          remove_run(run.run_id);
        }
        after = page.next;
      } while (after);
    }
  }

  // The record goes before the files: a reader never meets a run whose artifacts are half gone.
  void remove_run(const std::string& run_id) {
    if (!rules_.is_dry_run) {
      artifacts_.condemn_run(run_id);
      if (!runs_.remove(run_id)) {
        artifacts_.spare_run(run_id);
        return;
      }
      artifacts_.remove_run(run_id);
    }
    ++collected_.runs;
  }

  // Removals whose process died: the note says that it was meant, the missing record that it was done.
  void finish_removals() {
    for (const std::string& run_id : artifacts_.condemned_runs()) {
      if (runs_.get(run_id)) continue;
      count_attempts(run_id);
      if (!rules_.is_dry_run) artifacts_.remove_run(run_id);
    }
  }

  void remove_dead_attempts(const std::string& run_id) {
    // The attempts are listed before the lease is read: an attempt that starts in between is not in the list.
    const auto attempts = artifacts_.attempts(run_id);
    if (attempts.empty() && !artifacts_.list(run_id, "").empty()) return;
    const auto lease = runs_.current_lease(run_id);
    const auto record = runs_.get(run_id);
    if (!record) {
      remove_unknown_run(run_id, attempts);
      return;
    }
    for (const AttemptInfo& attempt : attempts) {
      const bool is_published = record->artifacts && record->artifacts->prefix == attempt.prefix;
      const bool is_held = lease && prefix_of(*lease) == attempt.prefix;
      if (is_published || is_held) continue;
      // A run that has ended stays as it is. One that has not may have been begun under a store that knew more than
      // this one, which was put back from a backup.
      if (!is_terminal(record->state) && epoch_of(attempt.prefix) > record->attempts) {
        ++collected_.unknown_runs;
      } else if (is_young(attempt)) {
        ++collected_.young_attempts;
      } else {
        count(run_id, attempt);
        if (!rules_.is_dry_run) artifacts_.remove_attempt(run_id, attempt.prefix);
      }
    }
  }

  // The store cannot prove anything about it. Directories without a file are no loss.
  void remove_unknown_run(const std::string& run_id, const std::vector<AttemptInfo>& attempts) {
    bool has_files = false, is_any_young = false;
    for (const AttemptInfo& attempt : attempts) {
      has_files = has_files || !artifacts_.list(run_id, attempt.prefix).empty();
      is_any_young = is_any_young || is_young(attempt);
    }
    if (has_files || is_any_young) {
      ++collected_.unknown_runs;
    } else if (!rules_.is_dry_run) {
      artifacts_.remove_run(run_id);
    }
  }

  bool is_stopping() const { return rules_.is_stopping && rules_.is_stopping(); }

  bool is_young(const AttemptInfo& attempt) const {
    return utc_now() - attempt.modified_at < rules_.min_age.count() * 1'000'000;
  }

  void count(const std::string& run_id, const AttemptInfo& attempt) {
    ++collected_.attempts;
    for (const ArtifactInfo& file : artifacts_.list(run_id, attempt.prefix)) collected_.bytes += file.size_bytes;
  }

  void count_attempts(const std::string& run_id) {
    for (const AttemptInfo& attempt : artifacts_.attempts(run_id)) count(run_id, attempt);
  }

  RunStore& runs_;
  ArtifactStore& artifacts_;
  const GarbageRules& rules_;
  Collected collected_;
};

}  // namespace

std::string Collected::text(const GarbageRules& rules) const {
  std::string text = fmt::format("{} {} runs past retention and {} lost attempts",
                                 rules.is_dry_run ? "would remove" : "removed", runs, attempts);
  if (bytes > 0) text += fmt::format("\n{:.1f} MB of lost attempts", static_cast<double>(bytes) / 1048576.0);
  if (young_attempts > 0) {
    text += fmt::format("\nkept {} attempts younger than {} s (BACKTEST_GC_MIN_AGE_SECONDS)", young_attempts,
                        rules.min_age.count());
  }
  if (unknown_runs > 0)
    text += fmt::format("\nkept the files of {} runs that this run store does not know", unknown_runs);
  return text;
}

Collected collect_garbage(RunStore& runs, ArtifactStore& artifacts, const GarbageRules& rules) {
  return Collection(runs, artifacts, rules).collect();
}

}  // namespace backtest
