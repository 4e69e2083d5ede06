#include "edge/http/message/authority.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace backtest {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A registered name or an IPv4 address. Escapes are left out: no name that is answered here needs one.
bool is_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_letter_or_digit(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
  });
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  Authority authority;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    authority.host = text.substr(1, end - 1);
    if (!is_ipv6(authority.host)) return std::nullopt;
    text.remove_prefix(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    authority.host = text.substr(0, colon);
    if (!is_name(authority.host)) return std::nullopt;
    text.remove_prefix(colon);
  }
  if (text.empty()) return authority;
  if (text.front() != ':') return std::nullopt;
  text.remove_prefix(1);
  if (text.empty()) return authority;  // an empty port is the scheme's
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  authority.port = port;
  return authority;
}

std::optional<Authority> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  const bool is_scheme = std::ranges::all_of(
      text.substr(0, colon), [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; });
  auto authority = parse_authority(text.substr(colon + 3));
  if (!is_scheme || !authority || authority->host.empty()) return std::nullopt;
  return authority;
}

}  // namespace backtest
