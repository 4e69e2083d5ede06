#include "run_store/adls/known_runs.hpp"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

namespace backtest::adls {

namespace {

constexpr std::size_t most_with_configs = 256;

bool is_newer(const RunDocument& known, const RunDocument& read) {
  // A run that was removed and submitted anew begins to count its writes again.
  if (known.record.submitted_at != read.record.submitted_at) {
    return known.record.submitted_at > read.record.submitted_at;
  }
  return known.writes > read.writes;
}

ListCursor place_of(const KnownRun& run) {
  return {run.document.record.submitted_at, run.document.record.run_id};
}

}  // namespace

KnownRunPtr KnownRuns::put(std::string etag, RunDocument document, Configs configs,
                           std::chrono::steady_clock::time_point seen) {
  auto run = std::make_shared<KnownRun>();
  run->etag = std::move(etag);
  run->document = std::move(document);
  run->has_configs = true;
  run->seen = seen;
  const RunRecord& record = run->document.record;
  const std::lock_guard lock(mutex_);
  const auto known = runs_.find(record.run_id);
  if (known != runs_.end()) {
    if (is_newer(known->second->document, run->document)) return run;
    if (known->second->has_configs) configs = Configs::kept;
    erase(known);
  }
  // The caller gets the texts of the configs in any case; they are kept in memory for runs that will need them again.
  const bool is_kept = configs == Configs::kept && !is_terminal(record.state) &&
                       (with_configs_ < most_with_configs || record.state == RunState::running);
  KnownRunPtr kept = run;
  if (!is_kept) {
    auto small = std::make_shared<KnownRun>(*run);
    small->document.record.config_json.clear();
    small->document.record.config_json.shrink_to_fit();
    small->document.record.effective_config_json.clear();
    small->document.record.effective_config_json.shrink_to_fit();
    small->has_configs = false;
    kept = std::move(small);
  }
  if (is_kept) ++with_configs_;
  listed_[place_of(*kept)] = kept;
  if (record.state == RunState::queued) queued_.insert(queue_key(record));
  runs_[record.run_id] = std::move(kept);
  return run;
}

KnownRunPtr KnownRuns::find(std::string_view run_id) const {
  const std::lock_guard lock(mutex_);
  const auto known = runs_.find(std::string(run_id));
  return known == runs_.end() ? nullptr : known->second;
}

void KnownRuns::erase(std::unordered_map<std::string, KnownRunPtr>::iterator run) {
  if (run->second->has_configs) --with_configs_;
  listed_.erase(place_of(*run->second));
  if (run->second->document.record.state == RunState::queued) queued_.erase(queue_key(run->second->document.record));
  runs_.erase(run);
}

void KnownRuns::forget(std::string_view run_id) {
  const std::lock_guard lock(mutex_);
  const auto known = runs_.find(std::string(run_id));
  if (known != runs_.end()) erase(known);
}

void KnownRuns::keep_only(const std::vector<std::string>& sorted_run_ids,
                          std::chrono::steady_clock::time_point asked_at) {
  const std::lock_guard lock(mutex_);
  for (auto run = runs_.begin(); run != runs_.end();) {
    const auto next = std::next(run);
    const bool is_listed = std::ranges::binary_search(sorted_run_ids, run->first);
    if (!is_listed && run->second->seen < asked_at) erase(run);
    run = next;
  }
}

void KnownRuns::visit(const std::optional<ListCursor>& after, const std::function<bool(const KnownRun&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (auto run = after ? listed_.upper_bound(*after) : listed_.begin(); run != listed_.end(); ++run) {
    if (!visit(*run->second)) return;
  }
}

KnownRuns::QueueKey KnownRuns::queue_key(const RunRecord& record) {
  return {-record.priority, record.submitter, record.submitted_at, record.run_id};
}

// Merges the lanes: the next run of each waits in order, and each that is taken is followed by the next of its lane.
std::vector<std::string> KnownRuns::first_queued(std::int64_t at_most) const {
  const std::lock_guard lock(mutex_);
  struct Next {
    std::set<QueueKey>::const_iterator run;
    std::int64_t round = 0;
    StoreTime turn_at = 0;  // of the lane: when its first run was submitted, and which that is
    std::string_view turn_id;

    bool operator>(const Next& other) const {
      return std::tie(run->rank, round, turn_at, turn_id) >
             std::tie(other.run->rank, other.round, other.turn_at, other.turn_id);
    }
  };
  std::priority_queue<Next, std::vector<Next>, std::greater<>> due;
  for (auto head = queued_.begin(); head != queued_.end();) {
    due.push({.run = head, .turn_at = head->submitted_at, .turn_id = head->run_id});
    head = queued_.lower_bound({head->rank, head->submitter + '\0', 0, {}});
  }
  std::vector<std::string> first;
  while (!due.empty() && std::ssize(first) < at_most) {
    Next next = due.top();
    due.pop();
    first.push_back(next.run->run_id);
    const auto following = std::next(next.run);
    const bool is_of_lane =
        following != queued_.end() && following->rank == next.run->rank && following->submitter == next.run->submitter;
    if (!is_of_lane) continue;
    next.run = following;
    ++next.round;
    due.push(next);
  }
  return first;
}

void KnownRuns::visit_all(const std::function<void(const KnownRunPtr&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [run_id, run] : runs_) visit(run);
}

}  // namespace backtest::adls
