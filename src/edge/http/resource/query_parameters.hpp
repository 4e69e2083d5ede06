// Typed query parameters; what is wrong ends the request with 422.
#pragma once

#include <cstdint>
#include <string_view>

#include "edge/http/message/http_message.hpp"

namespace backtest {

std::int64_t integer_parameter(const HttpRequest& request, std::string_view name, std::int64_t fallback,
                               std::int64_t least, std::int64_t most);
bool flag_parameter(const HttpRequest& request, std::string_view name, bool fallback);

// Where artifacts are read from (API-21): auto, local or adls, else 400.
enum class ArtifactSource { any, local, adls };
ArtifactSource source_parameter(const HttpRequest& request);

}  // namespace backtest
