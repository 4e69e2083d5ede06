// The host and port of a Host header, of an absolute request target and of an Origin, read as a whole (RFC 3986, 3.2):
// text that only begins like a host is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backtest {

struct Authority {
  std::string host;  // as sent; an IPv6 literal without its brackets
  std::optional<std::uint16_t> port;
};

// "host", "host:port", "[::1]:port"; no user information. An empty host is one (RFC 9112, 3.2).
std::optional<Authority> parse_authority(std::string_view text);

// "scheme://host:port" and nothing behind it; nullopt for "null" too.
std::optional<Authority> parse_origin(std::string_view text);

}  // namespace backtest
