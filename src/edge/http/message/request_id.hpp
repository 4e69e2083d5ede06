// The id of a request as a client may choose it (X-Request-Id): it stands in logs and in the audit.
#pragma once

#include <algorithm>
#include <string_view>

namespace backtest {

inline bool is_safe_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

}  // namespace backtest
