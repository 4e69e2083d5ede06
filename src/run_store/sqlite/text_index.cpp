#include "run_store/sqlite/text_index.hpp"

#include <algorithm>
#include <string>

namespace backtest::sqlite {

namespace {

constexpr std::size_t term_length = 3;
constexpr std::size_t most_terms_looked_at = 16;
constexpr std::size_t most_terms = 4;
constexpr std::int64_t frequent = 150;         // a term of so many runs is not counted further
constexpr std::int64_t rare = 50;              // a term of so few runs is good enough, no other is counted
constexpr std::int64_t most_candidates = 300;  // beyond it a walk in the list's order finds a page soon enough
constexpr std::int64_t most_unindexed = 2000;
constexpr std::int64_t worth_a_write = 500;

constexpr const char* extent_of_index = R"sql(
select indexed_to, entries, coalesce((select max(id) from run_records), 0) as last_id,
  (select sum(runs) from run_counts) as runs, (select count(*) from run_text_renamed) as renamed
from run_text_extent
)sql";
constexpr const char* runs_with_term = R"sql(
select count(*) as runs from (select 1 from run_text where run_text match ?1 limit ?2)
)sql";
// The next batch of runs that the index has not seen: its last id and its size, and then its texts for the index.
constexpr const char* extent_of_batch = R"sql(
select coalesce(max(id), ?1) as indexed_to, count(*) as added
from (select id from run_records where id > ?1 order by id limit ?2)
)sql";
constexpr const char* index_batch = R"sql(
insert into run_text (rowid, text)
select id, run_id || char(10) || coalesce(run_name, '') from run_records where id > ?1 order by id limit ?2
)sql";
constexpr const char* note_extent = R"sql(
update run_text_extent set indexed_to = ?1, entries = entries + ?2
)sql";
constexpr const char* runs_that_match = R"sql(
select rowid as id from run_text where run_text match ?1 limit ?2
)sql";
constexpr const char* runs_after = R"sql(
select id from run_records where id > ?1 union select run from run_text_renamed
)sql";

struct Extent {
  std::int64_t indexed_to = 0;  // the highest id that the index has seen
  std::int64_t entries = 0;     // indexed since it was built, those of removed runs included
  std::int64_t last_id = 0;
  std::int64_t runs = 0;
  std::int64_t renamed = 0;  // runs whose names the index has not seen
};

Extent extent_of(SqliteConnection& connection) {
  auto rows = connection.query(extent_of_index);
  if (!rows.next()) return {};
  return {rows.integer("indexed_to"), rows.integer("entries"), rows.integer("last_id"), rows.integer("runs"),
          rows.integer("renamed")};
}

// Whether to build the index anew: most entries are of removed runs, or so many runs were renamed that comparing those
// one by one costs more.
bool is_mostly_stale(const Extent& extent) {
  return extent.entries > 2 * extent.runs + most_candidates || extent.renamed > most_unindexed;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The last trigrams of the text: ids differ at their ends. The tokenizer folds more than LIKE does, but ASCII letters
// alike, and a non-ASCII letter may become an ASCII one but never the other way: no run that LIKE finds is missed.
std::vector<std::string> terms_of(std::string_view text) {
  std::vector<std::string> terms;
  for (std::size_t end = text.size(); end >= term_length && terms.size() < most_terms_looked_at; --end) {
    const std::string_view term = text.substr(end - term_length, term_length);
    if (!is_ascii(term)) continue;
    std::string quoted = "\"";
    for (const char c : term) {
      quoted += c;
      if (c == '"') quoted += c;
    }
    quoted += '"';
    if (std::ranges::find(terms, quoted) == terms.end()) terms.push_back(std::move(quoted));
  }
  return terms;
}

std::vector<std::int64_t> ids_of(SqliteRows rows) {
  std::vector<std::int64_t> found;
  while (rows.next()) found.push_back(rows.integer("id"));
  return found;
}

// A query for the rarest few of the terms, because the index walks through all runs of each term that it intersects.
std::string match_of(SqliteConnection& connection, const std::vector<std::string>& terms) {
  std::vector<std::pair<std::int64_t, std::size_t>> counted;  // runs, and which term
  for (std::size_t i = 0; i < terms.size() && (counted.empty() || counted.back().first > rare); ++i) {
    auto rows = connection.query(runs_with_term, terms[i], frequent);
    rows.next();
    counted.emplace_back(rows.integer("runs"), i);
  }
  std::ranges::sort(counted);
  std::string match;
  for (std::size_t i = 0; i < std::min(counted.size(), most_terms); ++i) {
    if (i > 0 && counted[i].first == frequent && counted.front().first < frequent) break;
    match += (i > 0 ? " " : "") + terms[counted[i].second];
  }
  return match;
}

}  // namespace

bool is_text_index_behind(SqliteConnection& connection) {
  const Extent extent = extent_of(connection);
  return extent.last_id - extent.indexed_to >= worth_a_write || is_mostly_stale(extent);
}

void extend_text_index(SqliteConnection& connection, std::int64_t most_rows) {
  const Extent extent = extent_of(connection);
  if (is_mostly_stale(extent)) {
    connection.run("insert into run_text (run_text) values ('delete-all')");
    connection.run("update run_text_extent set indexed_to = 0, entries = 0");
    connection.run("delete from run_text_renamed");
    return;
  }
  // Ids are never given twice and grow with each commit, so no run can appear below the highest id that was seen.
  auto rows = connection.query(extent_of_batch, extent.indexed_to, most_rows);
  rows.next();
  const std::int64_t indexed_to = rows.integer("indexed_to"), added = rows.integer("added");
  connection.run(index_batch, extent.indexed_to, most_rows);
  connection.run(note_extent, indexed_to, added);
}

std::optional<std::vector<std::int64_t>> text_candidates(SqliteConnection& connection, std::string_view text) {
  const std::vector<std::string> terms = terms_of(text);
  if (terms.empty()) return std::nullopt;
  const Extent extent = extent_of(connection);
  if (extent.last_id - extent.indexed_to > most_unindexed || extent.renamed > 2 * most_unindexed) return std::nullopt;
  std::vector<std::int64_t> found =
      ids_of(connection.query(runs_that_match, match_of(connection, terms), most_candidates + 1));
  if (found.size() > static_cast<std::size_t>(most_candidates)) return std::nullopt;
  const std::vector<std::int64_t> unindexed = ids_of(connection.query(runs_after, extent.indexed_to));
  found.insert(found.end(), unindexed.begin(), unindexed.end());
  return found;
}

}  // namespace backtest::sqlite
