// What people change of a run, and the news of its end. A notice is no object of its own: the record says whether its
// end was told, so that no process that dies in between loses one.
#include <boost/json/object.hpp>

#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "base/utc_time.hpp"
#include "run_store/adls/adls_run_store.hpp"

namespace backtest {

std::optional<RunRecord> AdlsRunStore::edit(std::string_view run_id, const RunEdit& edit) {
  const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  const KnownRunPtr run = change(run_id, [&](RunDocument& document) {
    RunRecord& record = document.record;
    if (edit.tags_before && record.tags != *edit.tags_before) return false;
    if (edit.run_name) record.run_name = given(*edit.run_name);
    if (edit.note) record.note = given(*edit.note);
    if (edit.tags) record.tags = *edit.tags;
    ++record.revision;
    return true;
  });
  if (!run) return std::nullopt;
  RunRecord record = run->document.record;
  record.config_json.clear();
  record.effective_config_json.clear();
  return record;
}

void AdlsRunStore::want_notices(bool are_wanted) {
  if (!are_wanted) return requests_.remove(names_.notices());
  requests_.create(names_.notices(), json_text(json::object{{"since", utc_text(clock_.now())}}));
}

std::vector<RunNotice> AdlsRunStore::take_notices(int limit, std::chrono::milliseconds first_pause) {
  const auto object = requests_.get(names_.notices());
  const auto value = object ? parse_strict_json(object->bytes) : std::unexpected(std::string());
  const auto since = value && value->is_object() ? parse_utc(text_field(value->get_object(), "since")) : std::nullopt;
  if (!since) return {};
  wait_for_listing();
  const auto is_due = [&](const RunDocument& document) {
    return document.is_over() && document.record.completed_at.value_or(0) >= *since && !document.is_notice_settled &&
           document.notice_due_at.value_or(0) <= clock_.now();
  };
  std::vector<std::string> due;
  known_.visit(std::nullopt, [&](const adls::KnownRun& run) {
    if (is_due(run.document)) due.push_back(run.document.record.run_id);
    return std::ssize(due) < limit;
  });
  std::vector<RunNotice> notices;
  for (const std::string& run_id : due) {
    bool is_taken = false;
    const KnownRunPtr run = change(run_id, [&](RunDocument& document) {
      is_taken = is_due(document);
      if (!is_taken) return false;
      document.notice_due_at = clock_.now() + notice_pause(document.notice_tries, first_pause).count();
      ++document.notice_tries;
      return true;
    });
    if (!run || !is_taken) continue;
    notices.push_back({.run_id = run_id,
                       .state = run->document.record.state,
                       .ended_at = run->document.record.completed_at.value_or(0),
                       .tries = run->document.notice_tries - 1});
  }
  return notices;
}

void AdlsRunStore::settle_notice(std::string_view run_id) {
  change(run_id, [](RunDocument& document) {
    if (document.is_notice_settled) return false;
    document.is_notice_settled = true;
    return true;
  });
}

}  // namespace backtest
