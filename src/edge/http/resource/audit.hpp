// The audit of what callers do (AUTH-10): a line of the log, and an event in the store where that keeps them. An event
// is written before what it tells of is done, or in one transaction with it, so that nothing is done without one: where
// it cannot be written, nothing is done (StoreUnavailable). What is refused after that has a second event that says so.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/api_context.hpp"
#include "run_store/access_records.hpp"
#include "run_store/audit_log.hpp"

namespace backtest {

AuditEvent audit_event(const HttpRequest& request, std::string_view action, std::string_view run_id,
                       std::string_view detail = {});
// That what `event` tells of was refused.
AuditEvent refusal_of(const AuditEvent& event, const HttpError& refused);
// In the store alone, of events that the log has; all of them or none.
void keep_events(ApiContext& context, const std::vector<AuditEvent>& events);

// Does `act`, which throws HttpError where the caller is refused, with its events before and, if need be, after.
template <typename Act>
auto audited(ApiContext& context, const std::vector<AuditEvent>& events, Act&& act) {
  for (const AuditEvent& event : events) log_audit(event);
  keep_events(context, events);
  try {
    return act();
  } catch (const HttpError& refused) {
    std::vector<AuditEvent> refusals;
    for (const AuditEvent& event : events) log_audit(refusals.emplace_back(refusal_of(event, refused)));
    keep_events(context, refusals);
    throw;
  }
}
template <typename Act>
auto audited(ApiContext& context, const HttpRequest& request, std::string_view action, std::string_view run_id,
             Act&& act, std::string_view detail = {}) {
  return audited(context, {audit_event(request, action, run_id, detail)}, std::forward<Act>(act));
}

// An event as GET /audit and `backtest audit --json` show it.
json::object audit_json(const AuditEvent& event);

}  // namespace backtest
