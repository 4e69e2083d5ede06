// Claims: one list request says which runs are not over and in which order they are due; the record of the one whose
// turn it is decides. What this process knows of records only saves requests.
#include <algorithm>
#include <deque>
#include <unordered_set>
#include <utility>

#include "base/log.hpp"
#include "base/random_id.hpp"
#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/removal_times.hpp"

namespace backtest {

using std::chrono::steady_clock;

namespace {

using adls::OpenMarker;
// By submitter, each in order of submission.
using Lanes = std::map<std::string, std::deque<const OpenMarker*>>;

}  // namespace

std::vector<OpenMarker> AdlsRunStore::open_runs() {
  const auto asked_at = steady_clock::now();
  const ObjectListing listing = requests_.list(names_.open_runs());
  std::vector<OpenMarker> markers;
  std::int64_t queued = 0;
  for (const ObjectInfo& object : listing.objects) {
    auto marker = names_.marker_of(object);
    if (!marker) continue;
    const KnownRunPtr known = known_.find(marker->run_id);
    const bool is_running = marker->is_held || (known && known->document.record.state != RunState::queued);
    if (!is_running) ++queued;
    markers.push_back(std::move(*marker));
  }
  const std::lock_guard lock(queue_mutex_);
  queued_ = queued;
  queue_counted_at_ = asked_at;
  return markers;
}

void AdlsRunStore::remove_marker_without_record(const OpenMarker& marker) {
  if (clock_.now() - marker.written_at >= adls::lone_marker_age) remove_marker(marker.name);
}

void AdlsRunStore::mend_marker(const OpenMarker& marker, const RunDocument& document) {
  const bool is_its_marker = names_.marker(document.record) == marker.name;
  if (!is_its_marker || document.is_over()) {
    remove_marker(marker.name);
  } else if (document.record.state == RunState::queued && marker.is_held) {
    write_marker(document.record, adls::waiting_marker);
  }
}

AdlsRunStore::Tried AdlsRunStore::claim_marked(const OpenMarker& marker, const ClaimRequest& request) {
  Lease lease{.run_id = marker.run_id, .epoch = 0, .token = random_hex(32)};
  bool is_claimed = false;
  const auto decide = [&](RunDocument& document) {
    const StoreTime now = clock_.now();
    is_claimed = document.record.state == RunState::queued && document.available_at <= now &&
                 names_.marker(document.record) == marker.name;
    if (!is_claimed) return false;
    LeasedRun run = document.leased();
    claim_run(run, lease.token, now + adls::store_time(request.lease_duration) + adls::ServiceClock::resolution);
    document.take(run);
    lease.epoch = run.epoch;
    document.claimed_at = now;
    document.worker_id = request.worker_id;
    RunRecord& record = document.record;
    record.started_at = now;
    ++record.revision;
    record.progress = 0.0;
    record.progress_date.reset();
    record.progress_nav.reset();
    record.bars_per_second = 0.0;
    document.append_event(now, "claimed by " + request.worker_id);
    return true;
  };
  KnownRunPtr run;
  try {
    run = change(marker.run_id, decide);
  } catch (const StoreUnavailable&) {
    if (is_claimed) unsure_claims_.push_back(lease);
    throw;
  }
  if (!run) {
    remove_marker_without_record(marker);
    return {};
  }
  if (is_claimed) return {.claimed = ClaimedRun{.lease = std::move(lease), .record = run->document.record}};
  mend_marker(marker, run->document);
  return {.is_running = run->document.record.state == RunState::running};
}

// A claim may have been written though its answer never came. Nobody works on such a run: it goes back to the queue,
// and the attempt is not counted against it.
void AdlsRunStore::release_unsure_claims() {
  while (!unsure_claims_.empty()) {
    const bool is_released = release(unsure_claims_.back()).has_value();
    if (is_released)
      log_info("a claim whose answer was lost was given back", {{"run_id", unsure_claims_.back().run_id}});
    unsure_claims_.pop_back();
  }
}

std::vector<ClaimedRun> AdlsRunStore::claim(const ClaimRequest& request) {
  std::vector<ClaimedRun> claimed;
  if (request.limit <= 0) return claimed;
  const std::lock_guard lock(claiming_);
  release_unsure_claims();
  const std::vector<OpenMarker> markers = open_runs();
  const StoreTime now = clock_.now();
  std::map<std::uint32_t, Lanes> ranks;
  std::unordered_map<std::string, int> running;
  for (const OpenMarker& marker : markers) {
    const KnownRunPtr known = known_.find(marker.run_id);
    const auto seen = seen_running_.find(marker.run_id);
    const bool is_running =
        known && known->document.is_held(now) && seen != seen_running_.end() && seen->second == marker.etag;
    if (is_running || marker.is_held) {
      ++running[marker.submitter_hash];
    } else if (!known || known->document.available_at <= now) {
      ranks[marker.rank][marker.submitter_hash].push_back(&marker);
    }
  }
  const auto turn_of = [&](const std::string& submitter) {
    const auto turn = turns_.find(submitter);
    return turn == turns_.end() ? 0 : turn->second;
  };
  const auto may_run = [&](const std::string& submitter) {
    return request.submitter_running_limit <= 0 || running[submitter] < request.submitter_running_limit;
  };
  for (auto& [rank, lanes] : ranks) {
    while (std::ssize(claimed) < request.limit) {
      std::erase_if(lanes, [&](const auto& lane) { return lane.second.empty() || !may_run(lane.first); });
      if (lanes.empty()) break;
      const auto lane = std::ranges::min_element(lanes, {}, [&](const auto& its) { return turn_of(its.first); });
      const OpenMarker& marker = *lane->second.front();
      lane->second.pop_front();
      try {
        Tried tried = claim_marked(marker, request);
        if (tried.is_running || tried.claimed) {
          ++running[marker.submitter_hash];
          seen_running_[marker.run_id] = marker.etag;
        }
        if (!tried.claimed) continue;
        turns_[marker.submitter_hash] = ++last_turn_;
        claimed.push_back(std::move(*tried.claimed));
      } catch (const StoreUnavailable&) {
        if (claimed.empty()) throw;
        return claimed;  // those that were claimed before the fault: their leases run already
      }
    }
  }
  forget_turns_of_others(markers);
  return claimed;
}

// Forgets submitters and runs that have no marker any more, once much is remembered.
void AdlsRunStore::forget_turns_of_others(const std::vector<OpenMarker>& markers) {
  if (turns_.size() + seen_running_.size() < 1'000 + 2 * markers.size()) return;
  std::unordered_set<std::string> submitters, run_ids;
  for (const OpenMarker& marker : markers) {
    submitters.insert(marker.submitter_hash);
    run_ids.insert(marker.run_id);
  }
  std::erase_if(turns_, [&](const auto& turn) { return !submitters.contains(turn.first); });
  std::erase_if(seen_running_, [&](const auto& seen) { return !run_ids.contains(seen.first); });
}

}  // namespace backtest
