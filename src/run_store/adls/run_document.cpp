#include "run_store/adls/run_document.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <type_traits>
#include <utility>

#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "base/utc_time.hpp"
#include "run_store/run_fields.hpp"

namespace backtest::adls {

namespace {

constexpr std::size_t most_events = 100;

// --- writing --------------------------------------------------------------------------------------------------------

template <typename Value>
json::value value_of(RunFieldForm form, const Value& value) {
  if constexpr (std::is_same_v<Value, RunState>) {
    return json::string(to_text(value));
  } else if constexpr (std::is_same_v<Value, std::optional<ArtifactPointer>>) {
    return value ? json::value(json::string(value->prefix)) : json::value();
  } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
    return json::array(value.begin(), value.end());
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return json::string(value);
  } else if constexpr (requires { value.has_value(); }) {
    return value ? value_of(form, *value) : json::value();
  } else {
    if constexpr (std::is_same_v<Value, StoreTime>) {
      if (form == RunFieldForm::time) return json::string(utc_text(value));
    }
    return value;
  }
}

json::array array_of(const std::vector<RunEvent>& events) {
  json::array array;
  for (const RunEvent& event : events) {
    array.push_back(json::object{{"sequence", event.sequence},
                                 {"at", utc_text(event.at)},
                                 {"status", to_text(event.state)},
                                 {"epoch", event.epoch},
                                 {"detail", event.detail}});
  }
  return array;
}

// --- reading --------------------------------------------------------------------------------------------------------

// Takes fields out of an object, so that what is left are those that nobody asked for.
class Fields {
 public:
  explicit Fields(json::object object) : object_(std::move(object)) {}

  json::value taken(std::string_view name) {
    json::value* found = object_.if_contains(name);
    if (found == nullptr) return {};
    json::value value = std::move(*found);
    object_.erase(name);
    return value;
  }
  std::optional<std::string> text(std::string_view name) {
    const json::value value = taken(name);
    if (!value.is_string()) return std::nullopt;
    return std::string(value.get_string());
  }
  std::int64_t integer(std::string_view name) {
    const json::value value = taken(name);
    return value.is_int64() ? value.get_int64() : 0;
  }
  // STO-5: times are UTC; some of the Python service are written without saying so.
  std::optional<StoreTime> time(std::string_view name) {
    const auto written = text(name);
    if (!written) return std::nullopt;
    const auto moment = parse_utc(*written);
    return moment ? moment : parse_utc(*written + "+00:00");
  }
  bool has(std::string_view name) const { return object_.contains(name); }
  json::object rest() && { return std::move(object_); }

 private:
  json::object object_;
};

void take(Fields& fields, std::string_view name, RunFieldForm, std::string& value) {
  value = fields.text(name).value_or("");
}
void take(Fields& fields, std::string_view name, RunFieldForm, std::optional<std::string>& value) {
  value = fields.text(name);
}
void take(Fields& fields, std::string_view name, RunFieldForm, std::vector<std::string>& value) {
  const json::value taken = fields.taken(name);
  if (!taken.is_array()) return;
  for (const json::value& text : taken.get_array()) {
    if (text.is_string()) value.emplace_back(text.get_string());
  }
}
void take(Fields& fields, std::string_view name, RunFieldForm form, std::int64_t& value) {
  value = form == RunFieldForm::time ? fields.time(name).value_or(0) : fields.integer(name);
}
void take(Fields& fields, std::string_view name, RunFieldForm form, std::optional<std::int64_t>& value) {
  if (form == RunFieldForm::time) {
    value = fields.time(name);
    return;
  }
  const json::value taken = fields.taken(name);
  if (taken.is_int64()) value = taken.get_int64();
}
void take(Fields& fields, std::string_view name, RunFieldForm, int& value) {
  value = static_cast<int>(fields.integer(name));
}
void take(Fields& fields, std::string_view name, RunFieldForm, bool& value) {
  const json::value taken = fields.taken(name);
  value = taken.is_bool() && taken.get_bool();
}
void take(Fields& fields, std::string_view name, RunFieldForm, std::optional<double>& value) {
  const json::value taken = fields.taken(name);
  if (taken.is_number()) value = taken.to_number<double>();
}
void take(Fields& fields, std::string_view name, RunFieldForm form, double& value) {
  std::optional<double> taken;
  take(fields, name, form, taken);
  value = taken.value_or(0.0);
}
void take(Fields& fields, std::string_view name, RunFieldForm, RunState& value) {
  value = parse_run_state(fields.text(name).value_or("")).value_or(RunState::failed);
}
void take(Fields& fields, std::string_view name, RunFieldForm, std::optional<ArtifactPointer>& value) {
  if (auto prefix = fields.text(name)) value = ArtifactPointer{std::move(*prefix), ""};
}

std::vector<RunEvent> events_of(const json::value& value, const std::string& run_id) {
  std::vector<RunEvent> events;
  if (!value.is_array()) return events;
  for (const json::value& item : value.get_array()) {
    if (!item.is_object()) continue;
    Fields fields(item.get_object());
    RunEvent event{.sequence = fields.integer("sequence"), .run_id = run_id, .at = fields.time("at").value_or(0)};
    take(fields, "status", RunFieldForm::plain, event.state);
    event.epoch = fields.integer("epoch");
    event.detail = fields.text("detail").value_or("");
    events.push_back(std::move(event));
  }
  return events;
}

// A record of the Python service has no worker that renews it and no submitter, and its results lie directly in the
// run's directory.
void complete_old_record(RunRecord& record) {
  if (record.state == RunState::running) record.state = RunState::queued;
  if (record.state == RunState::queued) {
    record.started_at.reset();
    record.completed_at.reset();
    record.error.reset();
  }
  record.output_dir = record.run_id;
  record.submitter = "anonymous";
  record.revision = 1;
  if (record.state == RunState::completed) {
    record.artifacts = ArtifactPointer{};
    record.progress = 1.0;
  }
}

}  // namespace

LeasedRun RunDocument::leased() const {
  return {.state = record.state,
          .epoch = lease_epoch,
          .token = lease_token,
          .expires_at = lease_expires_at,
          .end = lease_end,
          .cancel_requested = record.cancel_requested,
          .attempts = record.attempts,
          .lost_attempts = record.lost_attempts,
          .failed_attempts = record.failed_attempts};
}

void RunDocument::take(const LeasedRun& run) {
  record.state = run.state;
  lease_epoch = run.epoch;
  lease_token = run.token;
  lease_expires_at = run.expires_at;
  lease_end = run.end;
  record.cancel_requested = run.cancel_requested;
  record.attempts = run.attempts;
  record.lost_attempts = run.lost_attempts;
  record.failed_attempts = run.failed_attempts;
}

void RunDocument::append_event(StoreTime at, std::string detail) {
  const std::int64_t sequence = events.empty() ? 1 : events.back().sequence + 1;
  events.push_back({.sequence = sequence,
                    .run_id = record.run_id,
                    .at = at,
                    .state = record.state,
                    .epoch = lease_epoch,
                    .detail = std::move(detail)});
  if (events.size() > most_events) events.erase(events.begin());
}

RunDocument new_document(const RunRecord& given, StoreTime submitted_at) {
  RunDocument document;
  document.record = queued_record(given, submitted_at);
  document.append_event(submitted_at, "submitted");
  document.writes = 1;
  return document;
}

json::object document_object(const RunDocument& document) {
  json::object object = document.others;
  for_each_run_column(document.record, true, [&](std::string_view name, RunFieldForm form, const auto& value) {
    object[name] = value_of(form, value);
  });
  const auto& artifacts = document.record.artifacts;
  object[artifact_manifest_name] = artifacts ? json::value(json::string(artifacts->manifest_sha256)) : json::value();
  object["lease_epoch"] = document.lease_epoch;
  object["lease_token"] = document.lease_token;
  object["lease_expires_at"] = utc_text(document.lease_expires_at);
  object["lease_end"] = to_text(document.lease_end);
  object["claimed_at"] = utc_text(document.claimed_at);
  object["worker_id"] = document.worker_id;
  object["available_at"] = utc_text(document.available_at);
  object["idempotency_object"] = document.key_name;
  object["events"] = array_of(document.events);
  object["writes"] = document.writes;
  if (document.notice_due_at) {
    object["notice_due_at"] = utc_text(*document.notice_due_at);
    object["notice_tries"] = document.notice_tries;
    object["notice_settled"] = document.is_notice_settled;
  }
  if (document.removed_at) object["removed_at"] = utc_text(*document.removed_at);
  return object;
}

std::string document_text(const RunDocument& document) {
  return json_text(document_object(document));
}

std::optional<RunDocument> parse_document(std::string_view run_id, std::string_view text) {
  auto value = parse_strict_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  return document_of(run_id, std::move(value->get_object()));
}

std::optional<RunDocument> document_of(std::string_view run_id, json::object object) {
  Fields fields(std::move(object));
  if (!fields.has("status") || !fields.has("submitted_at")) return std::nullopt;
  const bool is_old = !fields.has("writes");
  RunDocument document;
  for_each_run_column(document.record, true,
                      [&](std::string_view name, RunFieldForm form, auto& value) { take(fields, name, form, value); });
  if (document.record.run_id != run_id) return std::nullopt;
  const std::string manifest = fields.text(artifact_manifest_name).value_or("");
  if (document.record.artifacts) document.record.artifacts->manifest_sha256 = manifest;
  document.lease_epoch = fields.integer("lease_epoch");
  document.lease_token = fields.text("lease_token").value_or("");
  document.lease_expires_at = fields.time("lease_expires_at").value_or(0);
  document.lease_end = parse_lease_end(fields.text("lease_end").value_or(""));
  document.claimed_at = fields.time("claimed_at").value_or(0);
  document.worker_id = fields.text("worker_id").value_or("");
  document.available_at = fields.time("available_at").value_or(0);
  document.key_name = fields.text("idempotency_object").value_or("");
  document.events = events_of(fields.taken("events"), document.record.run_id);
  document.writes = fields.integer("writes");
  document.notice_due_at = fields.time("notice_due_at");
  document.notice_tries = static_cast<int>(fields.integer("notice_tries"));
  take(fields, "notice_settled", RunFieldForm::plain, document.is_notice_settled);
  document.removed_at = fields.time("removed_at");
  if (is_old) complete_old_record(document.record);
  document.others = std::move(fields).rest();
  return document;
}

}  // namespace backtest::adls
