// The web client's files below BACKTEST_UI_DIST_DIR (UI-1, UI-2, W-88): what GET answers where no resource does.
//
// A file that exists is sent; any other path is the client's own, so it gets index.html, except below /assets (404).
// Paths that start with "backtests" belong to the API, whether they exist or not. Nothing outside the directory can be
// read: decided on the opened descriptor.
#pragma once

#include "edge/http/route.hpp"

namespace backtest {

// Gives `match` the client's route where the directory is set and no resource has that path.
void match_ui_file(const Settings& settings, const HttpRequest& request, RouteMatch& match);

HttpResponse get_ui_file(ApiContext& context, const HttpRequest& request);

}  // namespace backtest
