#include "edge/http/message/request_target.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "edge/http/message/authority.hpp"

namespace backtest {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length of the UTF-8 sequence at the front of `text`; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead < 0xF5   ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate_or_beyond = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || surrogate_or_beyond ? 0 : length;
}

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text.front());
    if (c < 0x20 || c == 0x7F) return false;
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool decode_query(std::string_view raw, std::vector<std::pair<std::string, std::string>>& query) {
  for (std::size_t begin = 0; begin < raw.size();) {
    const std::size_t end = std::min(raw.find('&', begin), raw.size());
    const std::string_view pair = raw.substr(begin, end - begin);
    begin = end + 1;
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decoded(pair.substr(0, equals), true);
    auto value = percent_decoded(equals < pair.size() ? pair.substr(equals + 1) : std::string_view{}, true);
    if (!name || !value) return false;
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_blank ? ' ' : text[i];
    }
  }
  if (!is_text(out)) return std::nullopt;
  return out;
}

std::optional<RequestTarget> parse_request_target(std::string_view target) {
  std::string authority;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (lower_case(target.substr(0, scheme.size())) != scheme) continue;
    const std::size_t path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    authority = target.substr(scheme.size(), path - scheme.size());
    if (authority.empty() || !parse_authority(authority)) return std::nullopt;
    target = path == target.size() ? "/" : target.substr(path);
    break;
  }
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return std::nullopt;
  RequestTarget parsed;
  parsed.authority = std::move(authority);
  const std::size_t question = std::min(target.find('?'), target.size());
  parsed.raw_path = target.substr(0, question);
  if (question < target.size()) parsed.raw_query = target.substr(question + 1);
  parsed.trailing_slash = parsed.raw_path.size() > 1 && parsed.raw_path.ends_with('/');
  std::string_view rest = std::string_view(parsed.raw_path).substr(1);
  if (parsed.trailing_slash) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    auto segment = percent_decoded(rest.substr(0, slash), false);
    if (!segment) return std::nullopt;
    parsed.segments.push_back(std::move(*segment));
    if (slash == rest.size()) break;
    rest.remove_prefix(slash + 1);
    if (rest.empty()) parsed.segments.emplace_back();
  }
  if (!decode_query(parsed.raw_query, parsed.query)) return std::nullopt;
  return parsed;
}

void strip_prefix(RequestTarget& target, const std::string& prefix) {
  if (prefix.empty()) return;
  const std::optional<RequestTarget> wanted = parse_request_target(prefix);
  const auto size = static_cast<std::ptrdiff_t>(wanted->segments.size());
  if (std::ssize(target.segments) < size) return;
  if (!std::equal(wanted->segments.begin(), wanted->segments.end(), target.segments.begin())) return;
  target.segments.erase(target.segments.begin(), target.segments.begin() + size);
  target.prefix = prefix;
}

}  // namespace backtest
