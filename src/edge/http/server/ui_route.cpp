#include "edge/http/server/ui_route.hpp"

#include "edge/http/resource/ui_files.hpp"

namespace backtest {

namespace {

constexpr std::string_view api_prefix = "backtests";

}  // namespace

void match_ui_file(const Settings& settings, const HttpRequest& request, RouteMatch& match) {
  static constexpr Route route{"GET", "/{file*}", Access::open, Execution::pooled, get_ui_file, false};
  const std::vector<std::string>& segments = request.target.segments;
  const bool of_api = !request.target.prefix.empty() || (!segments.empty() && segments.front().starts_with(api_prefix));
  if (settings.ui.dist_dir.empty() || match.route != nullptr || !match.allow.empty() || of_api) return;
  match.allow = "GET, HEAD";
  if (request.method == "GET" || request.method == "HEAD") match.route = &route;
}

}  // namespace backtest
