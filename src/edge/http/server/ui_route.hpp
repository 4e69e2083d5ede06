// What GET answers where no resource does: the files of the web client, of a directory that is set or of the binary.
// Paths that start with "backtests" belong to the API, whether they exist or not.
#pragma once

#include "edge/http/server/route.hpp"

namespace backtest {

// Gives `match` the client's route where there is a client and no resource has that path.
void match_ui_file(const Settings& settings, const HttpRequest& request, RouteMatch& match);

}  // namespace backtest
