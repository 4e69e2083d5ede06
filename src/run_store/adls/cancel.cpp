#include "run_store/adls/adls_run_store.hpp"

namespace backtest {

CancelOutcome AdlsRunStore::cancel(std::string_view run_id) {
  CancelOutcome outcome = CancelOutcome::not_found;
  const auto run = change(run_id, [&](RunDocument& document) {
    const bool was_requested = document.record.cancel_requested;
    LeasedRun leased = document.leased();
    outcome = cancel_run(leased);
    const bool is_new = outcome == CancelOutcome::cancelled || (outcome == CancelOutcome::requested && !was_requested);
    if (!is_new) return false;
    document.take(leased);
    ++document.record.revision;
    const StoreTime now = clock_.now();
    if (outcome == CancelOutcome::cancelled) document.record.completed_at = now;
    document.append_event(now, outcome == CancelOutcome::cancelled ? "cancelled while queued" : "cancel requested");
    return true;
  });
  if (!run) return CancelOutcome::not_found;
  if (outcome == CancelOutcome::cancelled) remove_marker(names_.marker(run->document.record));
  return outcome;
}

}  // namespace backtest
