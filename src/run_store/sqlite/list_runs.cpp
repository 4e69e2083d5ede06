// Lists in keyset order. Filters are decided by the columns of the list's index, so that a page of matches costs a walk
// along the index and one row a match. A text that few runs can hold is compared with those alone.

#include <algorithm>
#include <cctype>
#include <optional>

#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/read_transaction.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/text_index.hpp"

namespace backtest::sqlite {

namespace {

constexpr std::size_t longest_text = 4096;  // names and ids are shorter; SQLite refuses patterns of 50,000

bool is_blank(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isspace(c) != 0; });
}

// A LIKE pattern that means the text itself, wherever it stands. LIKE folds the case of ASCII letters.
std::string pattern_of(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

std::string json_list(const std::vector<std::int64_t>& ids) {
  std::string text = "[";
  for (const std::int64_t id : ids) text += (text.size() > 1 ? "," : "") + std::to_string(id);
  return text + "]";
}

std::string sql_of(const ListFilter& filter, bool has_text, bool has_cursor, bool has_candidates) {
  std::string sql = "from run_records r ";
  if (!has_candidates) sql += filter.state ? "indexed by run_list_by_status" : "indexed by run_list";
  sql += " left join run_leases l on l.run = r.id where ?1 is ?1";
  if (has_candidates) sql += " and r.id in (select value from json_each(?8))";
  if (filter.state) sql += " and r.status = ?1";
  if (has_cursor) sql += " and (r.submitted_at, r.run_id) < (?2, ?3)";
  if (has_text) sql += " and (r.run_id like ?4 escape '\\' or r.run_name like ?4 escape '\\')";
  if (filter.completed_before) sql += " and r.completed_at < ?5";
  sql += " order by r.submitted_at desc, r.run_id desc limit ?6 offset ?7";
  return select_records(sql);
}

}  // namespace

ListPage list(SqliteConnection& connection, const ListFilter& filter, const std::optional<ListCursor>& after,
              std::int64_t offset, int limit) {
  const bool has_text = !is_blank(filter.text);
  ListPage page;
  if (limit <= 0) return page;
  if (filter.text.size() > longest_text || filter.text.find('\0') != std::string::npos) return page;
  const auto status = filter.state ? std::optional(to_text(*filter.state)) : std::nullopt;
  const auto cursor_time = after ? std::optional(after->submitted_at) : std::nullopt;
  const auto cursor_id = after ? std::optional(after->run_id) : std::nullopt;
  const auto pattern = has_text ? std::optional(pattern_of(filter.text)) : std::nullopt;
  std::optional<ReadTransaction> transaction;
  if (has_text) transaction.emplace(connection);  // the index and the rows as of one moment
  const auto candidates = has_text ? text_candidates(connection, filter.text) : std::nullopt;
  const auto ids = candidates ? std::optional(json_list(*candidates)) : std::nullopt;
  auto rows = connection.query(sql_of(filter, has_text, after.has_value(), ids.has_value()), status, cursor_time,
                               cursor_id, pattern, filter.completed_before, std::int64_t{limit} + 1, offset, ids);
  while (rows.next()) {
    if (page.runs.size() == static_cast<std::size_t>(limit)) {
      page.next = ListCursor{page.runs.back().submitted_at, page.runs.back().run_id};
      break;
    }
    page.runs.push_back(record_of(rows));
  }
  return page;
}

}  // namespace backtest::sqlite
