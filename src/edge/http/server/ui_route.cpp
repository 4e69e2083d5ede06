#include "edge/http/server/ui_route.hpp"

#include "edge/http/resource/embedded_client.hpp"
#include "edge/http/resource/ui_files.hpp"
#include "settings/ui_settings.hpp"

namespace backtest {

namespace {

constexpr std::string_view api_prefix = "backtests";

}  // namespace

void match_ui_file(const Settings& settings, const HttpRequest& request, RouteMatch& match) {
  static constexpr Route of_directory{"GET", "/{file*}", Access::open, Execution::pooled, get_ui_file, false};
  static constexpr Route of_binary{"GET", "/{file*}", Access::open, Execution::pooled, get_client_file, false};
  const std::vector<std::string>& segments = request.target.segments;
  const bool of_api = !request.target.prefix.empty() || (!segments.empty() && segments.front().starts_with(api_prefix));
  if (settings.ui.dist_dir == no_client || match.route != nullptr || !match.allow.empty() || of_api) return;
  const bool has_directory = !settings.ui.dist_dir.empty();
  if (!has_directory && find_client_file(embedded_client(), request.target) == nullptr) return;
  match.allow = "GET, HEAD";
  if (request.method == "GET" || request.method == "HEAD") match.route = has_directory ? &of_directory : &of_binary;
}

}  // namespace backtest
