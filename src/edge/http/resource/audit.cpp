#include "edge/http/resource/audit.hpp"

#include "base/utc_time.hpp"

namespace backtest {

AuditEvent audit_event(const HttpRequest& request, std::string_view action, std::string_view run_id,
                       std::string_view detail) {
  return {.action = std::string(action),
          .caller = submitter_text(request.principal.identity),
          .address = request.address,
          .request_id = request.request_id,
          .run_id = std::string(run_id),
          .detail = std::string(detail)};
}

AuditEvent refusal_of(const AuditEvent& event, const HttpError& refused) {
  AuditEvent refusal = event;
  refusal.action = "refused";
  refusal.detail = event.action + (event.detail.empty() ? "" : " " + event.detail) + ": " + refused.code;
  return refusal;
}

void keep_events(ApiContext& context, const std::vector<AuditEvent>& events) {
  if (AccessRecords* records = context.runs.access_records()) records->append_audit(events);
}

json::object audit_json(const AuditEvent& event) {
  return {{"sequence", event.sequence}, {"at", utc_text(event.at)}, {"action", event.action},
          {"caller", event.caller},     {"address", event.address}, {"request_id", event.request_id},
          {"run_id", event.run_id},     {"detail", event.detail}};
}

}  // namespace backtest
