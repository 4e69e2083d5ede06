// The record of one run and the list of all: what the run store knows, no artifacts.
#include <charconv>
#include <system_error>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/utf8_text.hpp"
#include "edge/http/message/json_body.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/event_stream_start.hpp"
#include "edge/http/resource/list_cursor.hpp"
#include "edge/http/resource/list_filter.hpp"
#include "edge/http/resource/old_texts.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_json.hpp"
#include "edge/http/resource/run_ownership.hpp"

namespace backtest {

namespace {

ArtifactStore& place_of(const ApiContext& context, const RunRecord& record) {
  try {
    return context.artifacts.of({record.run_id, record.adls_container, record.adls_prefix});
  } catch (const InvalidInput& error) {
    log_warning("a run's place may not be used", {{"run_id", record.run_id}, {"reason", error.what()}});
    throw HttpError(409, "artifacts_out_of_reach",
                    "the run's artifacts lie where this service may not write, so it stays");
  }
}

QueuePositions queue_positions(ApiContext& context, const std::vector<RunRecord>& records) {
  std::vector<std::string> queued;
  for (const RunRecord& record : records) {
    if (record.state == RunState::queued) queued.push_back(record.run_id);
  }
  return context.queue.positions(queued);
}

}  // namespace

HttpResponse list_runs(ApiContext& context, const HttpRequest& request) {
  const ListFilter filter = list_filter(context, request);
  const auto limit = static_cast<int>(integer_parameter(request, "limit", 50, 1, 200));
  const std::int64_t offset = integer_parameter(request, "offset", 0, 0, 1'000'000'000);
  std::optional<ListCursor> after;
  if (const auto text = request.query("cursor")) {
    after = parse_cursor(*text, filter);
    if (!after) {
      throw HttpError(400, "invalid_cursor", "cursor must be the next_cursor of an earlier page of the same order");
    }
    if (offset > 0) throw HttpError(400, "invalid_cursor", "cursor and offset cannot be given together");
  }
  const ListPage page =
      offset > 0 ? context.runs.list_offset(filter, offset, limit) : context.runs.list(filter, after, limit);
  std::string body = "{\"limit\":" + std::to_string(limit) + ",\"next_cursor\":";
  if (page.next) {
    append_json_string(body, cursor_text(*page.next, filter));
  } else {
    body += "null";
  }
  body += ",\"offset\":" + std::to_string(offset) + ",\"runs\":";
  append_runs(body, page.runs, queue_positions(context, page.runs));
  body += '}';
  return json_response(200, std::move(body));
}

HttpResponse get_status(ApiContext& context, const HttpRequest& request) {
  const RunRecord record = require_run(context, request);
  return json_response(200, run_json(record, std::nullopt, queue_positions(context, {record})));
}

HttpResponse get_run(ApiContext& context, const HttpRequest& request) {
  const RunRecord record = require_run(context, request);
  return json_response(200, run_json(record, request.target.prefix, queue_positions(context, {record})));
}

HttpResponse get_config(ApiContext& context, const HttpRequest& request) {
  const RunWithConfigs run = require_run_with_configs(context, request, checked_run_id(request.parameter("run_id")));
  const RunRecord& record = run.record;
  // Ours are canonical; a run of the Python service has no hash, and its texts may be no JSON.
  const bool is_old = record.config_sha256.empty();
  std::string body;
  // Grown, it would take twice that.
  body.reserve(record.config_json.size() + record.effective_config_json.size() + 256);
  const auto append_config = [&](const std::string& text) { body += is_old ? old_config_json(text) : text; };
  body += "{\"config\":";
  append_config(record.config_json);
  body += ",\"config_sha256\":\"" + record.config_sha256 + "\"";
  body += ",\"effective_config\":";
  append_config(record.effective_config_json);
  body += ",\"run_id\":\"" + record.run_id + "\"}";
  return json_response(200, std::move(body));
}

HttpResponse cancel_run(ApiContext& context, const HttpRequest& request) {
  const std::string run_id = checked_run_id(request.parameter("run_id"));
  audited(context, request, "cancel", run_id, [&] {
    require_change(context, request.principal, require_run(context, request));
    switch (context.runs.cancel(run_id)) {
      case CancelOutcome::not_found:
        throw no_run(run_id);
      case CancelOutcome::already_terminal:
        throw HttpError(409, "run_finished", "the run has finished and cannot be cancelled");
      case CancelOutcome::cancelled:
      case CancelOutcome::requested:
        break;
    }
  });
  log_info("cancel requested", {{"run_id", run_id}, {"request_id", request.request_id}});
  if (context.hooks.cancel_requested) context.hooks.cancel_requested(run_id);
  const RunRecord record = require_run(context, request);
  return json_response(202, run_json(record));
}

namespace {

void remove_with_artifacts(ApiContext& context, const HttpRequest& request, const std::string& run_id) {
  const RunRecord record = require_run(context, request);
  require_change(context, request.principal, record);
  ArtifactStore& place = place_of(context, record);
  try {
    place.condemn_run(run_id);
  } catch (const std::system_error& error) {
    // Without the note gc cannot finish a removal whose process dies in between; nothing worse.
    log_warning("a removal could not be noted", {{"run_id", run_id}, {"reason", error.what()}});
  }
  const auto removed = context.runs.remove(run_id);
  if (!removed) place.spare_run(run_id);
  if (!removed && removed.error() == RemoveError::not_found) {
    throw no_run(run_id);
  }
  if (!removed) throw HttpError(409, "run_not_finished", "the run has not finished: cancel it first");
  try {
    place.remove_run(run_id);
  } catch (const std::exception& error) {
    // Files without a record are invisible; gc collects them.
    log_warning("artifacts of a removed run remain", {{"run_id", run_id}, {"reason", error.what()}});
  }
}

}  // namespace

HttpResponse remove_run(ApiContext& context, const HttpRequest& request) {
  const std::string run_id = checked_run_id(request.parameter("run_id"));
  audited(context, request, "remove", run_id, [&] { remove_with_artifacts(context, request, run_id); });
  log_info("run removed", {{"run_id", run_id}, {"request_id", request.request_id}});
  HttpResponse response;
  response.status = 204;
  return response;
}

HttpResponse get_events(ApiContext& context, const HttpRequest& request) {
  EventStreamStart start;
  start.record = require_run(context, request);
  if (const auto last = request.header("Last-Event-ID"); last && !last->empty()) {
    std::int64_t sequence = 0;
    const auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), sequence);
    if (error != std::errc{} || end != last->data() + last->size() || sequence < 0) {
      throw HttpError(400, "invalid_last_event_id", "Last-Event-ID must be the id of an event of this stream");
    }
    start.after_sequence = sequence;
    // Nothing will follow: 204 tells an EventSource to stop connecting again.
    if (is_terminal(start.record.state) && context.runs.events(start.record.run_id, sequence).empty()) {
      HttpResponse response;
      response.status = 204;
      return response;
    }
  }
  HttpResponse response;
  response.set("Content-Type", "text/event-stream");
  response.set("Cache-Control", "no-store");
  response.set("X-Accel-Buffering", "no");
  response.events = std::make_shared<const EventStreamStart>(std::move(start));
  return response;
}

}  // namespace backtest
