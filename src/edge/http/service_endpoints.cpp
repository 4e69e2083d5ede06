// Endpoints about the service itself: liveness, readiness, metrics, its description.
#include <mutex>

#include "base/json.hpp"
#include "edge/http/openapi_document.hpp"
#include "edge/http/problem.hpp"
#include "edge/http/resources.hpp"

namespace backtest {

HttpResponse get_healthz(ApiContext&, const HttpRequest&) {
  return json_response(200, R"({"status":"ok"})");
}

HttpResponse get_readyz(ApiContext& context, const HttpRequest&) {
  if (const auto reason = context.readiness.reason()) {
    throw HttpError(503, "not_ready", *reason).with_header("Retry-After", "1");
  }
  return json_response(200, R"({"status":"ok"})");
}

HttpResponse get_metrics(ApiContext& context, const HttpRequest&) {
  std::string text;
  context.telemetry.append_text(text);
  append_metric(text, "backtest_ready", "gauge", "1 when /readyz answers 200.", context.readiness.reason() ? 0 : 1);
  try {
    const Counts counts = context.runs.counts();
    text += "# HELP backtest_runs Runs by state.\n# TYPE backtest_runs gauge\n";
    const std::pair<const char*, std::int64_t> states[] = {{"queued", counts.queued},
                                                           {"running", counts.running},
                                                           {"completed", counts.completed},
                                                           {"failed", counts.failed},
                                                           {"cancelled", counts.cancelled}};
    for (const auto& [state, count] : states) {
      text += std::string("backtest_runs{status=\"") + state + "\"} " + std::to_string(count) + "\n";
    }
    append_metric(text, "backtest_oldest_queued_seconds", "gauge", "Age of the oldest queued run.",
                  counts.oldest_queued_s.value_or(0.0));
    append_metric(text, "backtest_oldest_lease_seconds", "gauge", "Age of the oldest lease.",
                  counts.oldest_lease_s.value_or(0.0));
    append_metric(text, "backtest_store_up", "gauge", "1 when the run store answers.", 1);
  } catch (const StoreUnavailable&) {
    // The server's own metrics matter most when the store is away.
    append_metric(text, "backtest_store_up", "gauge", "1 when the run store answers.", 0);
  }
  for (const auto& append : context.hooks.metrics) append(text);
  HttpResponse response;
  response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = std::move(text);
  return response;
}

HttpResponse get_openapi(ApiContext&, const HttpRequest&) {
  return json_response(200, std::string(openapi_document()));
}

}  // namespace backtest
