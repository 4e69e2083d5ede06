#include "edge/http/resource/list_cursor.hpp"

#include <algorithm>
#include <charconv>

#include "edge/http/message/base64url.hpp"

namespace backtest {

namespace {

constexpr StoreTime latest_time = 253'402'300'799'999'999;  // the end of the year 9999

}  // namespace

std::string cursor_text(const ListCursor& cursor) {
  return base64url_encoded("1|" + std::to_string(cursor.submitted_at) + "|" + cursor.run_id);
}

std::optional<ListCursor> parse_cursor(std::string_view text) {
  if (text.size() > 256) return std::nullopt;
  const auto decoded = base64url_decoded(text);
  if (!decoded || !decoded->starts_with("1|")) return std::nullopt;
  const std::size_t bar = decoded->find('|', 2);
  if (bar == std::string::npos || bar + 1 == decoded->size()) return std::nullopt;
  ListCursor cursor;
  const auto [end, error] = std::from_chars(decoded->data() + 2, decoded->data() + bar, cursor.submitted_at);
  if (error != std::errc{} || end != decoded->data() + bar) return std::nullopt;
  cursor.run_id = decoded->substr(bar + 1);
  // What no page ever gave is refused here: a database may not even be able to read it as a time or as text.
  const bool printable = std::ranges::all_of(cursor.run_id, [](char c) { return c > ' ' && c < 0x7F; });
  if (!printable || cursor.submitted_at < 0 || cursor.submitted_at > latest_time) return std::nullopt;
  return cursor;
}

}  // namespace backtest
