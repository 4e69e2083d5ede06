#include "edge/http/resource/http_telemetry.hpp"

#include "base/telemetry_text.hpp"

namespace backtest {

void HttpTelemetry::record_request(std::string_view route, std::string_view method, int status,
                                   std::optional<std::chrono::nanoseconds> duration) {
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), std::string(method), status}];
  if (!duration) return;
  auto found = durations_.find(route);
  if (found == durations_.end()) found = durations_.try_emplace(std::string(route), bounds_s).first;
  found->second.record(*duration);
}

void HttpTelemetry::append_text(std::string& text) const {
  append_telemetry(text, "backtest_http_connections", "gauge", "Open connections.",
                   static_cast<double>(connections.load()));
  append_telemetry(text, "backtest_http_streams", "gauge", "Open event streams.", static_cast<double>(streams.load()));
  append_telemetry(text, "backtest_http_pool_waiting", "gauge", "Requests that wait for a thread.",
                   static_cast<double>(pool_waiting.load()));
  append_telemetry(text, "backtest_http_refused_connections_total", "counter", "Connections beyond the limit.",
                   static_cast<double>(refused_connections_.load()));
  append_telemetry(text, "backtest_http_timeouts_total", "counter", "Requests that came too slowly.",
                   static_cast<double>(timeouts_.load()));
  const std::lock_guard lock(mutex_);
  append_telemetry_header(text, "backtest_http_requests_total", "counter", "Requests by route, method and status.");
  for (const auto& [key, count] : requests_) {
    const auto& [route, method, status] = key;
    text += "backtest_http_requests_total{route=\"" + route + "\",method=\"" + method + "\",status=\"" +
            std::to_string(status) + "\"} " + std::to_string(count) + "\n";
  }
  append_telemetry_header(text, "backtest_http_request_seconds", "histogram",
                          "Time from a read request to its response; without event streams.");
  for (const auto& [route, durations] : durations_) {
    durations.append_text(text, "backtest_http_request_seconds", "route=\"" + route + "\"");
  }
}

}  // namespace backtest
