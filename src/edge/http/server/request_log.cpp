#include "edge/http/server/request_log.hpp"

#include "base/log.hpp"

namespace backtest {

void log_request(ServerCore& core, const ServedRequest& served, int status, bool is_stream) {
  const auto duration = std::chrono::steady_clock::now() - served.started;
  const Route* route = served.route;
  const std::string_view pattern = route != nullptr ? route->pattern : "none";
  // A client may invent methods; telemetry counts those under one word.
  const std::string_view method = route == nullptr ? "other" : served.head_only ? "HEAD" : route->method;
  core.telemetry.record_request(pattern, method, status, is_stream ? std::nullopt : std::optional(duration));
  const bool probe = route != nullptr && (pattern == "/healthz" || pattern == "/readyz" || pattern == "/metrics");
  const LogLevel level = status >= 500 && !probe ? LogLevel::warning : probe ? LogLevel::debug : LogLevel::info;
  if (!log_enabled(level)) return;
  std::string_view run_id;
  for (const auto& [name, value] : served.request.parameters) {
    if (name == "run_id") run_id = value;
  }
  log_event(level, "request",
            {{"request_id", served.request.request_id},
             {"method", method},
             {"route", pattern},
             {"run_id", run_id.substr(0, 64)},
             {"status", status},
             {"milliseconds", std::chrono::duration<double, std::milli>(duration).count()}});
}

}  // namespace backtest
