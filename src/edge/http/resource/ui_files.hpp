// The web client's files below BACKTEST_UI_DIST_DIR (UI-1, UI-2, W-88).
//
// A file that exists is sent; any other path is the client's own, so it gets index.html, except below /assets (404).
// Nothing outside the directory can be read: decided on the opened descriptor.
#pragma once

#include <string_view>

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

// By the ending of a file's name.
std::string_view ui_content_type(std::string_view name);

HttpResponse get_ui_file(ApiContext& context, const HttpRequest& request);

}  // namespace backtest
