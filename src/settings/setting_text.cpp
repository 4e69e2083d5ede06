#include "settings/setting_text.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii_text.hpp"

namespace backtest {

std::optional<bool> parse_flag(std::string_view text) {
  const std::string word = lower_case(trimmed(text));
  for (std::string_view yes : {"1", "true", "t", "yes", "y", "on"}) {
    if (word == yes) return true;
  }
  for (std::string_view no : {"0", "false", "f", "no", "n", "off"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.back() != ']' || host.size() < 4) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  Endpoint endpoint;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  const bool clean = std::ranges::all_of(host, [](char c) { return c > ' ' && c < 0x7F && c != '/' && c != '@'; });
  if (!clean) return std::nullopt;
  endpoint.host = host;
  return endpoint;
}

bool is_loopback_host(std::string_view host) {
  if (host == "::1" || lower_case(host) == "localhost") return true;
  if (!host.starts_with("127.")) return false;
  return std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool Endpoint::is_loopback() const {
  return is_loopback_host(host);
}

std::string Endpoint::text() const {
  const bool literal = host.find(':') != std::string::npos;
  return (literal ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool valid_provider_url(std::string_view text) {
  if (!valid_header_value(text) || text.find(' ') != std::string_view::npos) return false;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, scheme_end);
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.find('@') != std::string_view::npos) return false;
  if (scheme == "https") return true;
  const std::string_view host = authority.starts_with('[') ? authority.substr(1, authority.find(']') - 1)
                                                           : authority.substr(0, authority.find(':'));
  return scheme == "http" && is_loopback_host(host);
}

bool valid_header_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool valid_header_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7F; });
}

}  // namespace backtest
