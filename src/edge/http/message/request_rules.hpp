// What HTTP itself asks of a request, beyond what its parser sees (RFC 9110, RFC 9112). Two readings of one request are
// how one is smuggled past a proxy: what could be read twice is refused.
#pragma once

#include <optional>
#include <string_view>

#include "edge/http/message/authority.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"

namespace backtest {

// The end of the body is not certain, so nothing after it can be read: the connection is closed with the answer.
std::optional<HttpError> framing_error(const HttpRequest& request, bool http_1_0);

// One well-formed Host (none at all with HTTP/1.0 alone), and one each of the headers that can mean only one thing.
std::optional<HttpError> request_header_error(const HttpRequest& request, bool http_1_0);

// Whether a request that begins like this has a well-formed request line, so that only its version is not spoken here.
bool asks_for_a_version(std::string_view begin);

// Whom the request is addressed to: the target's authority where it has one, else Host. After request_header_error().
Authority requested_authority(const HttpRequest& request);

}  // namespace backtest
