// GET /audit: what callers did, the latest first. Administrators alone read it.
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/audit.hpp"
#include "edge/http/resource/query_parameters.hpp"
#include "edge/http/resource/resources.hpp"

namespace backtest {

HttpResponse list_audit(ApiContext& context, const HttpRequest& request) {
  AccessRecords* records = context.runs.access_records();
  if (records == nullptr) throw HttpError(404, "no_audit", "this run store keeps no audit; the log has it");
  AuditFilter filter;
  filter.run_id = request.query("run_id").value_or("");
  filter.caller = request.query("caller").value_or("");
  filter.before_sequence = integer_parameter(request, "before", INT64_MAX, 1, INT64_MAX);
  const auto limit = static_cast<int>(integer_parameter(request, "limit", 50, 1, 200));
  json::array events;
  for (const AuditEvent& event : records->audit_events(filter, limit)) events.push_back(audit_json(event));
  return json_response(200, json_text(json::object{{"events", std::move(events)}}));
}

}  // namespace backtest
