// What GET answers where no resource does: the web client's files, where their directory is set. Paths that start with
// "backtests" belong to the API, whether they exist or not.
#pragma once

#include "edge/http/server/route.hpp"

namespace backtest {

// Gives `match` the client's route where the directory is set and no resource has that path.
void match_ui_file(const Settings& settings, const HttpRequest& request, RouteMatch& match);

}  // namespace backtest
