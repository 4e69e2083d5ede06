// gzip where the client accepts it and the body is worth it.
#pragma once

#include "edge/http/message/http_message.hpp"

namespace backtest {

// Compresses the body, or wraps the source, and sets Content-Encoding and Vary. Ranges stay as they are.
void encode_body(const HttpRequest& request, HttpResponse& response);

bool accepts_gzip(std::string_view accept_encoding);

}  // namespace backtest
