// HMAC-SHA256 (RFC 2104): proves that whoever made a text knew the key.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace backtest {

// Its 32 bytes, as they are.
std::string hmac_sha256(const Secret& key, std::string_view text);

}  // namespace backtest
