// The small text forms that settings are written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "settings/settings.hpp"

namespace backtest {

// 1,true,t,yes,y,on / 0,false,f,no,n,off in any case (SET-11).
std::optional<bool> parse_flag(std::string_view text);
// HOST:PORT with an IPv6 literal in brackets.
std::optional<Endpoint> parse_endpoint(std::string_view text);
// https, or http on a loopback host; no user information, blanks or control characters.
bool valid_provider_url(std::string_view text);
bool is_loopback_host(std::string_view host);
// RFC 9110 field name.
bool valid_header_name(std::string_view text);
// Printable ASCII only: what may stand in a header's value.
bool valid_header_value(std::string_view text);

}  // namespace backtest
