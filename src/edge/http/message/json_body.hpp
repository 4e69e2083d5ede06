// A request body as JSON, strictly: one value, no duplicate keys, finite numbers, at most 64 levels.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace backtest {

// HttpError 422 (code invalid_json) where it is not.
json::value parse_json_body(std::string_view text);

}  // namespace backtest
