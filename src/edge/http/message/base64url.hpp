// Base64 with the URL alphabet and without padding (RFC 4648, section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backtest {

std::string base64url_encoded(std::string_view bytes);
// Strict: no padding, no other characters, no stray bits.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace backtest
