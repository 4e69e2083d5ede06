#include "edge/http/server/route.hpp"

#include <algorithm>

namespace backtest {

namespace {

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

bool match_pattern(std::string_view pattern, const std::vector<std::string>& segments, Parameters& parameters) {
  parameters.clear();
  std::size_t at = 0;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    std::string_view part = pattern.substr(0, slash);
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    if (at == segments.size()) return false;
    if (part.ends_with("*}")) {
      std::string rest = segments[at++];
      while (at < segments.size()) rest += "/" + segments[at++];
      parameters.emplace_back(part.substr(1, part.size() - 3), std::move(rest));
    } else if (part.starts_with('{')) {
      parameters.emplace_back(part.substr(1, part.size() - 2), segments[at++]);
    } else if (segments[at++] != part) {
      return false;
    }
  }
  return at == segments.size();
}

}  // namespace

RouteMatch match_route(std::span<const Route> routes, std::string_view method, const RequestTarget& target) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  RouteMatch match;
  Parameters parameters;
  // Fixed segments stand before parameters in the table, so the first pattern that fits is the path's; another
  // pattern that fits too ("/backtests/compare" as a run) must not answer for it.
  std::string_view pattern;
  for (const Route& route : routes) {
    if (!pattern.empty() && route.pattern != pattern) continue;
    if (!match_pattern(route.pattern, target.segments, parameters)) continue;
    pattern = route.pattern;
    if (route.method == wanted) {
      match.route = &route;
      match.parameters = parameters;
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method == "GET" ? "GET, HEAD" : std::string(route.method);
  }
  return match;
}

}  // namespace backtest
