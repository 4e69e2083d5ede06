// The target of a request line as decoded path segments and query parameters. Percent-decoding is strict: what is
// malformed, not UTF-8 or holds control characters is refused, so that nothing behind sees two spellings of a path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace backtest {

struct RequestTarget {
  std::string authority;              // of an absolute target: host and port, else empty
  std::string raw_path;               // as sent, from '/' up to '?'
  std::string raw_query;              // as sent, without '?'
  std::string prefix;                 // BACKTEST_API_PREFIX where the path began with it: not in `segments`
  std::vector<std::string> segments;  // decoded; "/a//b" has an empty one, a trailing slash adds none
  bool trailing_slash = false;
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; '+' is a blank
};

// Origin form ("/path?query") or absolute form ("http://host/path", without user information).
std::optional<RequestTarget> parse_request_target(std::string_view target);

// Takes the segments of `prefix` ("/api") off the front, where they are there.
void strip_prefix(RequestTarget& target, const std::string& prefix);

// nullopt where an escape is malformed or the result is not UTF-8 text without control characters.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

}  // namespace backtest
