#include "edge/http/resource/list_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/number_text.hpp"
#include "edge/http/message/base64url.hpp"

namespace backtest {

namespace {

constexpr StoreTime latest_time = 253'402'300'799'999'999;  // the end of the year 9999
constexpr std::size_t longest_cursor = 512;

// The order that a cursor belongs to; lists of latest submissions have the first version's text.
std::string version_of(const ListFilter& filter) {
  if (filter.order == RunOrder::submitted_at && !filter.is_ascending) return "1";
  return (filter.is_ascending ? "2+" : "2-") + std::string(to_text(filter.order));
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t bar = 0; (bar = text.find('|')) != std::string_view::npos; text.remove_prefix(bar + 1)) {
    parts.push_back(text.substr(0, bar));
  }
  parts.push_back(text);
  return parts;
}

}  // namespace

std::string cursor_text(const ListCursor& cursor, const ListFilter& filter) {
  const std::string number = cursor.number ? number_text(*cursor.number) + "|" : "";
  return base64url_encoded(version_of(filter) + "|" + number + std::to_string(cursor.submitted_at) + "|" +
                           cursor.run_id);
}

std::optional<ListCursor> parse_cursor(std::string_view text, const ListFilter& filter) {
  if (text.size() > longest_cursor) return std::nullopt;
  const auto decoded = base64url_decoded(text);
  if (!decoded) return std::nullopt;
  const std::vector<std::string_view> parts = parts_of(*decoded);
  const bool by_number = filter.order != RunOrder::submitted_at;
  const std::size_t of_time = by_number ? 2 : 1;
  if (parts.size() != of_time + 2 || parts[0] != version_of(filter) || parts.back().empty()) return std::nullopt;
  ListCursor cursor;
  if (by_number) {
    cursor.number = parse_number(parts[1]);
    if (!cursor.number || !std::isfinite(*cursor.number)) return std::nullopt;
  }
  const std::string_view time = parts[of_time];
  const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), cursor.submitted_at);
  if (error != std::errc{} || end != time.data() + time.size()) return std::nullopt;
  cursor.run_id = parts.back();
  // What no page ever gave is refused here: a database may not even be able to read it as a time or as text.
  const bool printable = std::ranges::all_of(cursor.run_id, [](char c) { return c > ' ' && c < 0x7F; });
  if (!printable || cursor.submitted_at < 0 || cursor.submitted_at > latest_time) return std::nullopt;
  return cursor;
}

}  // namespace backtest
