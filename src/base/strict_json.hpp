// JSON text as one value, strictly and exactly: no duplicate keys, finite and correctly rounded numbers, nothing after
// the value, at most 64 levels. What json_text() writes reads back the same to the bit; boost::json::parse() does not
// promise that.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace backtest {

// The value, or what is wrong and at which byte.
std::expected<json::value, std::string> parse_strict_json(std::string_view text);

}  // namespace backtest
