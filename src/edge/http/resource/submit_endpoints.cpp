// POST /backtests and POST /backtests/validate.
#include <algorithm>
#include <expected>

#include "base/diagnostic_json.hpp"
#include "base/log.hpp"
#include "base/random_id.hpp"
#include "base/utc_time.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_json.hpp"
#include "edge/http/resource/submission.hpp"

namespace backtest {

namespace {

std::optional<std::string> idempotency_key(const HttpRequest& request) {
  const auto key = request.header("Idempotency-Key");
  if (!key) return std::nullopt;
  const bool printable = std::ranges::all_of(*key, [](char c) { return c > ' ' && c < 0x7F; });
  if (key->empty() || key->size() > 255 || !printable) {
    throw HttpError(400, "invalid_idempotency_key", "Idempotency-Key must be 1 to 255 printable characters");
  }
  // A key belongs to its caller: two submitters may use the same one.
  return submitter_text(request.principal.identity) + "\n" + std::string(*key);
}

RunRecord new_record(const ApiContext& context, const RunRequest& run, const HttpRequest& request) {
  RunRecord record;
  record.run_id = run.run_id.value_or(new_run_id(utc_today()));
  record.run_name = run.spec.run_name;
  record.start_date = to_text(run.spec.start_date);
  record.end_date = to_text(run.spec.end_date);
  record.output_dir = record.run_id;
  if (const auto location = context.artifacts.locate(record.run_id, run.spec.output.adls_dir)) {  // API-33
    record.adls_container = location->container;
    record.adls_prefix = location->prefix;
  }
  record.config_json = json_text(run.submitted);
  record.effective_config_json = run.spec.canonical;
  record.config_sha256 = run.spec.config_sha256;
  record.submitter = submitter_text(request.principal.identity);
  record.priority = run.priority;
  record.strategy = run.spec.strategy_class;
  record.tags = run.tags;
  record.note = run.note;
  return record;
}

HttpError submit_error(SubmitError error, const std::string& run_id) {
  switch (error) {
    case SubmitError::duplicate_run_id:
      return HttpError(409, "duplicate_run_id", "there is already a run " + run_id);
    case SubmitError::idempotency_conflict:
      return HttpError(409, "idempotency_conflict", "this Idempotency-Key was used with another body");
    case SubmitError::queue_full:
      break;
  }
  return HttpError(429, "queue_full", "too many runs are queued; try again later").with_header("Retry-After", "5");
}

HttpError submitter_queue_full(const ApiContext& context) {
  return HttpError(429, "submitter_queue_full",
                   "you have " + std::to_string(context.settings.submitter_queue_limit) +
                       " runs in the queue already; try again when some have begun")
      .with_header("Retry-After", "5");
}

// Overshot by at most one run for each submission of the same caller that is under way.
bool is_queue_of_full(ApiContext& context, const std::string& submitter) {
  const std::int64_t limit = context.settings.submitter_queue_limit;
  return limit > 0 && context.runs.queued_of(submitter, limit) >= limit;
}

std::expected<Submitted, HttpError> submit_to_store(ApiContext& context, const Submission& submission) {
  const RunRecord& record = submission.record;
  const bool has_no_room = is_queue_of_full(context, record.submitter);
  // A store answers what is known already before it looks at its limit: one that is surely reached leaves the new out.
  const SubmitLimits limits{.queue_limit = has_no_room ? 1 : context.settings.queue_limit};
  auto answer = context.runs.submit(submission, limits);
  if (answer) return std::move(*answer);
  if (has_no_room && answer.error() == SubmitError::queue_full) return std::unexpected(submitter_queue_full(context));
  return std::unexpected(submit_error(answer.error(), record.run_id));
}

// The event is written with the run, in one transaction. That of a submission that makes no run is written after it, in
// one transaction with the event that says what became of it.
Submitted submit_audited(ApiContext& context, const HttpRequest& request, Submission& submission) {
  const AuditEvent& event = submission.audit_event.emplace(audit_event(request, "submit", submission.record.run_id));
  log_audit(event);
  const auto keep_with = [&](const AuditEvent& outcome) {
    log_audit(outcome);
    keep_events(context, {event, outcome});
  };
  auto submitted = submit_to_store(context, submission);
  if (!submitted) {
    keep_with(refusal_of(event, submitted.error()));
    throw std::move(submitted.error());
  }
  if (submitted->existing) {
    keep_with(audit_event(request, "replayed", submitted->record.run_id, "submit: the Idempotency-Key was known"));
  }
  return std::move(*submitted);
}

}  // namespace

HttpResponse submit_run(ApiContext& context, const HttpRequest& request) {
  MemoryShare memory;
  Submission submission;
  submission.idempotency_key = idempotency_key(request);
  const RunRequest run = parse_run_request(context, request, memory);
  submission.record = new_record(context, run, request);
  submission.body_sha256 = run.body_sha256;
  const Submitted submitted = submit_audited(context, request, submission);
  const RunRecord& record = submitted.record;
  if (!submitted.existing) {
    log_info("run submitted", {{"run_id", record.run_id}, {"request_id", request.request_id}});
    if (context.hooks.run_submitted) context.hooks.run_submitted(record.run_id);
  }
  json::object body;
  body["run_id"] = record.run_id;
  body["status"] = std::string(to_text(record.state));
  body["links"] = run_links(request.target.prefix, record.run_id);
  if (!run.spec.warnings.empty()) body["warnings"] = warnings_json(run.spec.warnings);
  HttpResponse response = json_response(202, json_text(body));
  response.set("Location", request.target.prefix + "/backtests/" + record.run_id);
  if (submitted.existing) response.set("Idempotent-Replayed", "true");
  return response;
}

HttpResponse validate_config(ApiContext& context, const HttpRequest& request) {
  MemoryShare memory;
  json::object body;
  try {
    const RunRequest run = parse_run_request(context, request, memory);
    body["valid"] = true;
    body["errors"] = json::array();
    body["warnings"] = warnings_json(run.spec.warnings);
    body["config_sha256"] = run.spec.config_sha256;
    body["effective_config"] = run.spec.resolved;
  } catch (const InvalidInput& invalid) {
    body["valid"] = false;
    body["errors"] = errors_json(invalid.diagnostics());
    body["warnings"] = json::array();
  }
  return json_response(200, json_text(body));
}

}  // namespace backtest
