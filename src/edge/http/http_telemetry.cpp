#include "edge/http/http_telemetry.hpp"

#include "base/number_text.hpp"

namespace backtest {

namespace {

void append_header(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace

void HttpTelemetry::record_request(std::string_view route, std::string_view method, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), std::string(method), status}];
  auto found = durations_.find(route);
  if (found == durations_.end()) found = durations_.emplace(route, Durations{}).first;
  Durations& durations = found->second;
  for (std::size_t i = 0; i < bounds_s.size(); ++i) durations.within[i] += seconds <= bounds_s[i] ? 1 : 0;
  ++durations.count;
  durations.sum_s += seconds;
}

void append_metric(std::string& text, std::string_view name, std::string_view type, std::string_view help, double v) {
  append_header(text, name, type, help);
  text.append(name).append(" ");
  append_number(text, v);
  text += "\n";
}

void HttpTelemetry::append_text(std::string& text) const {
  append_metric(text, "backtest_http_connections", "gauge", "Open connections.",
                static_cast<double>(connections.load()));
  append_metric(text, "backtest_http_streams", "gauge", "Open event streams.", static_cast<double>(streams.load()));
  append_metric(text, "backtest_http_pool_waiting", "gauge", "Requests that wait for a thread.",
                static_cast<double>(pool_waiting.load()));
  append_metric(text, "backtest_http_refused_connections_total", "counter", "Connections beyond the limit.",
                static_cast<double>(refused_connections_.load()));
  append_metric(text, "backtest_http_timeouts_total", "counter", "Requests that came too slowly.",
                static_cast<double>(timeouts_.load()));
  const std::lock_guard lock(mutex_);
  append_header(text, "backtest_http_requests_total", "counter", "Requests by route, method and status.");
  for (const auto& [key, count] : requests_) {
    const auto& [route, method, status] = key;
    text += "backtest_http_requests_total{route=\"" + route + "\",method=\"" + method + "\",status=\"" +
            std::to_string(status) + "\"} " + std::to_string(count) + "\n";
  }
  append_header(text, "backtest_http_request_seconds", "histogram", "Time from a read request to its response.");
  for (const auto& [route, durations] : durations_) {
    const std::string label = "backtest_http_request_seconds_bucket{route=\"" + route + "\",le=\"";
    for (std::size_t i = 0; i < bounds_s.size(); ++i) {
      text += label + number_text(bounds_s[i]) + "\"} " + std::to_string(durations.within[i]) + "\n";
    }
    text += label + "+Inf\"} " + std::to_string(durations.count) + "\n";
    text += "backtest_http_request_seconds_sum{route=\"" + route + "\"} " + number_text(durations.sum_s) + "\n";
    text += "backtest_http_request_seconds_count{route=\"" + route + "\"} " + std::to_string(durations.count) + "\n";
  }
}

}  // namespace backtest
