// Endpoints about the service itself: liveness, readiness, metrics, its description.
#include <chrono>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "base/telemetry_text.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/openapi_document.hpp"
#include "edge/http/resource/resources.hpp"

namespace backtest {

namespace {

constexpr std::chrono::seconds store_patience{3};  // Prometheus waits for 10 s

std::optional<std::string> unready(const ApiContext& context) {
  if (context.is_draining.load()) return "the service is shutting down";
  return context.hooks.unready ? context.hooks.unready() : std::nullopt;
}

}  // namespace

HttpResponse get_healthz(ApiContext&, const HttpRequest&) {
  return json_response(200, R"({"status":"ok"})");
}

HttpResponse get_readyz(ApiContext& context, const HttpRequest&) {
  if (const auto reason = unready(context)) {
    throw HttpError(503, "not_ready", *reason).with_header("Retry-After", "1");
  }
  return json_response(200, R"({"status":"ok"})");
}

HttpResponse get_metrics(ApiContext& context, const HttpRequest&) {
  std::string text;
  context.telemetry.append_text(text);
  append_telemetry(text, "backtest_ready", "gauge", "1 when /readyz answers 200.", unready(context) ? 0 : 1);
  // The server's own metrics matter most when the store is away: what that does not tell in time is left out.
  const auto of_store = context.store_telemetry.ask(store_patience);
  append_telemetry(text, "backtest_store_up", "gauge", "1 when the run store answers in time.", of_store ? 1 : 0);
  text += of_store.value_or("");
  for (const auto& append : context.hooks.telemetry) append(text);
  HttpResponse response;
  response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = std::move(text);
  return response;
}

HttpResponse get_openapi(ApiContext&, const HttpRequest&) {
  return json_response(200, whole_openapi_document());
}

}  // namespace backtest
