#include "run_store/sqlite/text_index.hpp"

#include <algorithm>
#include <string>

namespace backtest::sqlite {

namespace {

constexpr std::size_t term_length = 3;
constexpr std::size_t most_terms_looked_at = 16;
constexpr std::size_t most_terms = 4;
constexpr std::int64_t frequent = 150;         // runs: terms are told apart up to here
constexpr std::int64_t rare = 50;              // no need to look for a rarer term
constexpr std::int64_t most_candidates = 300;  // beyond it a walk in the list's order finds a page soon enough
constexpr std::int64_t most_unindexed = 2000;
constexpr std::int64_t worth_a_write = 500;

struct Extent {
  std::int64_t indexed_to = 0;  // the highest id that the index has seen
  std::int64_t entries = 0;     // indexed since it was built, those of removed runs included
  std::int64_t last_id = 0;
  std::int64_t runs = 0;
};

Extent extent_of(SqliteConnection& connection) {
  auto rows = connection.query(
      "select indexed_to, entries, coalesce((select max(id) from run_records), 0), (select sum(runs) from run_counts) "
      "from run_text_extent");
  if (!rows.next()) return {};
  return {rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3)};
}

// More than half of the entries are of runs that are gone.
bool is_mostly_stale(const Extent& extent) {
  return extent.entries > 2 * extent.runs + most_candidates;
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

std::vector<std::int64_t> integers(SqliteRows rows) {
  std::vector<std::int64_t> found;
  while (rows.next()) found.push_back(rows.integer(0));
  return found;
}

// A query for the rarest few of the terms: an index walks all runs of a term that it has to intersect.
std::string match_of(SqliteConnection& connection, const std::vector<std::string>& terms) {
  std::vector<std::pair<std::int64_t, std::size_t>> counted;  // runs, and which term
  for (std::size_t i = 0; i < terms.size() && (counted.empty() || counted.back().first > rare); ++i) {
    auto rows = connection.query("select count(*) from (select 1 from run_text where run_text match ?1 limit ?2)",
                                 terms[i], frequent);
    rows.next();
    counted.emplace_back(rows.integer(0), i);
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
    return;
  }
  // Ids are given once and in the order of commits, so nothing can come to stand below the highest one seen.
  const std::string batch = "(select id, run_id, run_name from run_records where id > ?1 order by id limit ?2)";
  auto rows = connection.query("select coalesce(max(id), ?1), count(*) from " + batch, extent.indexed_to, most_rows);
  rows.next();
  const std::int64_t indexed_to = rows.integer(0), added = rows.integer(1);
  connection.run(
      "insert into run_text (rowid, text) select id, run_id || char(10) || coalesce(run_name, '') from " + batch,
      extent.indexed_to, most_rows);
  connection.run("update run_text_extent set indexed_to = ?1, entries = entries + ?2", indexed_to, added);
}

std::optional<std::vector<std::int64_t>> text_candidates(SqliteConnection& connection, std::string_view text) {
  const std::vector<std::string> terms = terms_of(text);
  if (terms.empty()) return std::nullopt;
  const Extent extent = extent_of(connection);
  if (extent.last_id - extent.indexed_to > most_unindexed) return std::nullopt;
  std::vector<std::int64_t> found = integers(connection.query(
      "select rowid from run_text where run_text match ?1 limit ?2", match_of(connection, terms), most_candidates + 1));
  if (found.size() > static_cast<std::size_t>(most_candidates)) return std::nullopt;
  const std::vector<std::int64_t> unindexed =
      integers(connection.query("select id from run_records where id > ?1", extent.indexed_to));
  found.insert(found.end(), unindexed.begin(), unindexed.end());
  return found;
}

}  // namespace backtest::sqlite
