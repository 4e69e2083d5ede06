// Lists in keyset order. Filters are decided by the columns of the list's index, so that a page of matches costs a walk
// along the index and one row a match. A text that few runs can hold is compared with those alone.

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "run_store/record_reader.hpp"
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

// Parameters: 1 status, 2 and 3 the cursor, 4 pattern, 5 completed before, 6 limit, 7 offset, 8 candidates. A pattern,
// a time or a status that is null asks for nothing; without a cursor it lies after every run.
constexpr const char* page_of_all = R"sql(
select * from shown_runs where id in (
  select id from run_records indexed by run_list
  where (submitted_at, run_id) < (?2, ?3)
    and (?4 is null or run_id like ?4 escape '\' or run_name like ?4 escape '\')
    and (?5 is null or completed_at < ?5)
  order by submitted_at desc, run_id desc limit ?6 offset ?7)
order by submitted_at desc, run_id desc
)sql";
constexpr const char* page_of_status = R"sql(
select * from shown_runs where id in (
  select id from run_records indexed by run_list_by_status
  where status = ?1 and (submitted_at, run_id) < (?2, ?3)
    and (?4 is null or run_id like ?4 escape '\' or run_name like ?4 escape '\')
    and (?5 is null or completed_at < ?5)
  order by submitted_at desc, run_id desc limit ?6 offset ?7)
order by submitted_at desc, run_id desc
)sql";
constexpr const char* page_of_candidates = R"sql(
select * from shown_runs where id in (
  select id from run_records
  where id in (select value from json_each(?8)) and (?1 is null or status = ?1)
    and (submitted_at, run_id) < (?2, ?3)
    and (?4 is null or run_id like ?4 escape '\' or run_name like ?4 escape '\')
    and (?5 is null or completed_at < ?5)
  order by submitted_at desc, run_id desc limit ?6 offset ?7)
order by submitted_at desc, run_id desc
)sql";

}  // namespace

ListPage list(SqliteConnection& connection, const ListFilter& filter, const std::optional<ListCursor>& after,
              std::int64_t offset, int limit) {
  const bool has_text = !is_blank(filter.text);
  ListPage page;
  if (limit <= 0) return page;
  if (filter.text.size() > longest_text || filter.text.find('\0') != std::string::npos) return page;
  const auto status = filter.state ? std::optional(to_text(*filter.state)) : std::nullopt;
  const ListCursor cursor = after.value_or(ListCursor{.submitted_at = INT64_MAX, .run_id = ""});
  const auto pattern = has_text ? std::optional(pattern_of(filter.text)) : std::nullopt;
  std::optional<ReadTransaction> transaction;
  if (has_text) transaction.emplace(connection);  // the index and the rows as of one moment
  const auto candidates = has_text ? text_candidates(connection, filter.text) : std::nullopt;
  const auto ids = candidates ? std::optional(json_list(*candidates)) : std::nullopt;
  const char* sql = ids ? page_of_candidates : filter.state ? page_of_status : page_of_all;
  auto rows = connection.query(sql, status, cursor.submitted_at, cursor.run_id, pattern, filter.completed_before,
                               std::int64_t{limit} + 1, offset);
  if (ids) rows.bind_next(ids);
  const RecordReader reader(rows);
  while (rows.next()) {
    if (page.runs.size() == static_cast<std::size_t>(limit)) {
      page.next = ListCursor{page.runs.back().submitted_at, page.runs.back().run_id};
      break;
    }
    page.runs.push_back(reader.read(rows));
  }
  return page;
}

}  // namespace backtest::sqlite
