// Removal (removal_times.hpp) and the audit, which also ends removals that were begun and left.
#include <set>
#include <utility>

#include "base/log.hpp"
#include "run_store/adls/adls_run_store.hpp"
#include "run_store/adls/idempotency_key.hpp"
#include "run_store/adls/removal_times.hpp"

namespace backtest {

using std::chrono::steady_clock;

namespace {

// The record while the run's objects are deleted: readers see by `removed_at` that it is a run no more.
adls::RunDocument removed(adls::RunDocument document, StoreTime now) {
  document.removed_at = now;
  document.record.config_json.clear();
  document.record.effective_config_json.clear();
  document.events.clear();
  ++document.writes;
  return document;
}

}  // namespace

std::expected<void, RemoveError> AdlsRunStore::remove(std::string_view run_id) {
  for (;;) {
    const KnownRunPtr run = fetch(run_id, Configs::dropped);
    if (!run) return std::unexpected(RemoveError::not_found);
    if (!run->document.is_over()) return std::unexpected(RemoveError::not_terminal);
    if (finish_removal(*run, false)) return {};
  }
}

// False where somebody else changed the record first. `key_may_be_taken`: the removal was begun long ago, and its key
// may stand for another run by now.
bool AdlsRunStore::finish_removal(const adls::KnownRun& run, bool key_may_be_taken) {
  const std::string& run_id = run.document.record.run_id;
  const std::string& key = run.document.key_name;
  const auto begun = steady_clock::now();
  const auto text = adls::document_text(removed(run.document, clock_.now()));
  if (!requests_.replace(names_.record(run_id), text, run.etag)) return false;
  known_.forget(run_id);
  const auto is_late = [&] { return steady_clock::now() - begun > adls::removal_deletes_within; };
  if (!key.empty()) {
    bool is_its_key = true;
    if (key_may_be_taken) {
      const auto object = requests_.get(key);
      const auto written = object ? adls::parse_key(object->bytes) : std::nullopt;
      is_its_key = written && names_.marker(written->document.record) == names_.marker(run.document.record);
    }
    if (is_its_key && !is_late()) requests_.remove(key);
  }
  if (is_late()) return true;  // the audit deletes the record later
  requests_.remove(names_.record(run_id));
  known_.forget(run_id);
  return true;
}

void AdlsRunStore::audit() {
  const auto may_go_on = [this] { return !audits_ || audits_->rest(std::chrono::milliseconds(0)); };
  if (!refresh(std::chrono::milliseconds(0), may_go_on)) return;
  std::vector<std::string> open, removed_runs;
  known_.visit(std::nullopt, [&](const adls::KnownRun& run) {
    if (!run.document.is_over()) open.push_back(run.document.record.run_id);
    return true;
  });
  {
    const std::lock_guard lock(refreshing_);
    for (const auto& [run_id, etag] : unreadable_) removed_runs.push_back(run_id);
  }
  std::set<std::string> marked;
  for (const OpenMarker& marker : open_runs()) {
    marked.insert(marker.run_id);
    const KnownRunPtr known = known_.find(marker.run_id);
    if (!known) remove_marker_without_record(marker);
  }
  for (const std::string& run_id : open) {
    if (marked.contains(run_id)) continue;
    const KnownRunPtr run = fetch(run_id, Configs::dropped);  // it may have ended meanwhile
    if (!run || run->document.is_over()) continue;
    log_info("a run that is not over had no marker", {{"run_id", run_id}});
    write_marker(run->document.record,
                 run->document.record.state == RunState::running ? adls::held_marker : adls::waiting_marker);
  }
  for (const std::string& run_id : removed_runs) {
    const ReadRun found = read(run_id, Configs::dropped);
    if (found.kind != ReadRun::Kind::removed) continue;
    if (clock_.now() - *found.run->document.removed_at < adls::removal_is_over_after) continue;
    finish_removal(*found.run, true);
  }
}

}  // namespace backtest
