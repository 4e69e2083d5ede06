// Lists in keyset order. A list walks an index that has its order, and passes over what other conditions exclude; where
// one of its conditions leaves few runs, those alone are looked at and sorted. A page costs a walk over some hundred
// index entries in either case, unless conditions that each hold for many runs hold for few together.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/json.hpp"
#include "run_store/listed_text.hpp"
#include "run_store/record_reader.hpp"
#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/read_transaction.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/text_index.hpp"

namespace backtest::sqlite {

namespace {

constexpr std::int64_t few = 500;  // runs that are looked at one by one
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string json_list(const std::vector<std::int64_t>& ids) {
  std::string text = "[";
  for (const std::int64_t id : ids) text += (text.size() > 1 ? "," : "") + std::to_string(id);
  return text + "]";
}

std::optional<std::string> json_list(const std::vector<std::string>& texts) {
  if (texts.empty()) return std::nullopt;
  return json_text(json::array(texts.begin(), texts.end()));
}

// The parameters of every statement here, in this order. A condition whose parameter is null does not apply.
struct Parameters {
  std::optional<std::string> status, submitters, strategy, tags, pattern;  // ?1 to ?5
  std::optional<StoreTime> completed_before;                               // ?6
  StoreTime submitted_from = std::numeric_limits<StoreTime>::min();        // ?7
  StoreTime submitted_before = std::numeric_limits<StoreTime>::max();      // ?8
  std::optional<bool> has_bounds;                                          // ?9; they are ?19 to ?24
  std::string driver;                                                      // ?10, what the walked index is to equal
  double least = -infinity, most = infinity;  // ?11, ?12, of the number that is walked along
  std::optional<double> number;               // ?13 to ?15, the cursor
  StoreTime time = 0;
  std::string run_id;
  std::int64_t limit = 0, offset = 0;           // ?16, ?17
  std::optional<std::string> candidates;        // ?18, rows
  std::array<std::optional<double>, 6> bounds;  // ?19 to ?24: least and most of return, Sharpe and drawdown

  void bind(SqliteRows& rows) const {
    const auto all = [&](const auto&... values) { (rows.bind_next(values), ...); };
    all(status, submitters, strategy, tags, pattern, completed_before, submitted_from, submitted_before, has_bounds,
        driver, least, most, number, time, run_id, limit, offset, candidates);
    for (const std::optional<double>& bound : bounds) rows.bind_next(bound);
  }
};

constexpr std::string_view conditions = R"sql(
    and (?1 is null or r.status = ?1)
    and (?2 is null or r.submitter in (select value from json_each(?2)))
    and (?3 is null or r.strategy = ?3)
    and (?4 is null or not exists (select 1 from json_each(?4) j where not exists (
      select 1 from run_tags o where o.tag = j.value and o.submitted_at = r.submitted_at and o.run_id = r.run_id)))
    and (?5 is null or r.run_id like ?5 escape '\' or r.run_name like ?5 escape '\')
    and (?6 is null or r.completed_at < ?6)
    and (?9 is null or (
      (?19 is null or r.total_return >= ?19) and (?20 is null or r.total_return <= ?20)
      and (?21 is null or r.sharpe_ratio >= ?21) and (?22 is null or r.sharpe_ratio <= ?22)
      and (?23 is null or r.max_drawdown >= ?23) and (?24 is null or r.max_drawdown <= ?24)))
)sql";

enum class Way { all, status, submitter, strategy, tag, submitters, number, candidates };

// The tables and the index of a way to walk the list, to be followed by its conditions. `number` names a column.
std::string entry_of(Way way, const std::string& number) {
  switch (way) {
    case Way::all:
      return "run_records r indexed by run_list where true";
    case Way::status:
      return "run_records r indexed by run_list_by_status where r.status = ?10";
    case Way::submitter:
      return "run_records r indexed by run_list_by_submitter where r.submitter = ?10";
    case Way::strategy:
      return "run_records r indexed by run_list_by_strategy where r.strategy = ?10";
    case Way::tag:
      return "run_tags t cross join run_records r on r.id = t.run where t.tag = ?10";
    case Way::submitters:  // of each in order, of all together not
      return "run_records r indexed by run_list_by_submitter where r.submitter in (select value from json_each(?10))";
    case Way::number:
      return "run_records r indexed by run_list_by_" + number + " where r." + number + " >= ?11 and r." + number +
             " <= ?12";
    case Way::candidates:
      break;
  }
  return "run_records r where r.id in (select value from json_each(?18))";
}

std::string page_sql(Way way, const ListFilter& filter) {
  const bool by_number = filter.order != RunOrder::submitted_at;
  const std::string number(to_text(filter.order));
  const std::string time = way == Way::tag ? "t" : "r";
  const std::string keys =
      by_number ? "r." + number + ", r.submitted_at, r.run_id" : time + ".submitted_at, " + time + ".run_id";
  const std::string cursor = by_number ? "(?13, ?14, ?15)" : "(?14, ?15)";
  const std::string comparison = filter.is_ascending ? " > " : " < ", direction = filter.is_ascending ? "" : " desc";
  const auto order = [&](const std::string& table, const std::string& number_there) {
    return " order by " + (by_number ? number_there + direction + ", " : std::string()) + table + ".submitted_at" +
           direction + ", " + table + ".run_id" + direction;
  };
  const std::string shown_number = filter.order == RunOrder::duration ? "s.completed_at - s.started_at" : "s." + number;
  return "select s.* from shown_runs s where s.id in (select r.id from " + entry_of(way, number) + " and (" + keys +
         ")" + comparison + cursor + " and " + time + ".submitted_at >= ?7 and " + time + ".submitted_at < ?8" +
         (by_number ? " and r." + number + " >= ?11 and r." + number + " <= ?12" : std::string()) +
         std::string(conditions) + " and (?18 is null or true)" + order(time, "r." + number) +
         " limit ?16 offset ?17)" + order("s", shown_number);
}

Parameters parameters_of(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t offset,
                         int limit) {
  Parameters parameters;
  if (filter.state) parameters.status = to_text(*filter.state);
  if (filter.submitters) parameters.submitters = json_list(*filter.submitters).value_or("[]");
  parameters.strategy = filter.strategy;
  parameters.tags = json_list(filter.tags);
  if (!is_blank_text(filter.text)) parameters.pattern = pattern_of_text(filter.text);
  parameters.completed_before = filter.completed_before;
  parameters.submitted_from = filter.submitted_from.value_or(parameters.submitted_from);
  parameters.submitted_before = filter.submitted_before.value_or(parameters.submitted_before);
  for (const NumberBounds& bounds : filter.bounds) {
    if (bounds.number == filter.order) {
      parameters.least = std::max(parameters.least, bounds.least.value_or(-infinity));
      parameters.most = std::min(parameters.most, bounds.most.value_or(infinity));
      continue;
    }
    const std::size_t place = 2 * (static_cast<std::size_t>(bounds.number) - 1);
    parameters.bounds[place] = bounds.least;
    parameters.bounds[place + 1] = bounds.most;
    parameters.has_bounds = true;
  }
  // Without a cursor the list begins at a place that lies before every run.
  parameters.number = filter.is_ascending ? -infinity : infinity;
  parameters.time = filter.is_ascending ? std::numeric_limits<StoreTime>::min() : parameters.submitted_before;
  if (filter.order != RunOrder::submitted_at && !filter.is_ascending) {
    parameters.time = std::numeric_limits<StoreTime>::max();
  }
  if (after) {
    parameters.number = after->number.value_or(*parameters.number);
    parameters.time = after->submitted_at;
    parameters.run_id = after->run_id;
  }
  parameters.limit = std::int64_t{limit} + 1;
  parameters.offset = offset;
  return parameters;
}

struct Entry {
  Way way = Way::all;
  std::string driver;
  RunOrder number = RunOrder::submitted_at;
  double least = -infinity, most = infinity;
};

// The conditions that an index answers, first those that as a rule leave the fewest runs.
std::vector<Entry> entries_of(const ListFilter& filter) {
  std::vector<Entry> entries;
  for (const std::string& tag : filter.tags) entries.push_back({.way = Way::tag, .driver = tag});
  if (filter.submitters && filter.submitters->size() == 1) {
    entries.push_back({.way = Way::submitter, .driver = filter.submitters->front()});
  }
  if (filter.strategy) entries.push_back({.way = Way::strategy, .driver = *filter.strategy});
  if (filter.state) entries.push_back({.way = Way::status, .driver = std::string(to_text(*filter.state))});
  if (filter.submitters && filter.submitters->size() > 1 && filter.submitters->size() <= most_merged_submitters) {
    entries.push_back({.way = Way::submitters, .driver = json_list(*filter.submitters).value_or("[]")});
  }
  for (const NumberBounds& bounds : filter.bounds) {
    entries.push_back({.way = Way::number,
                       .number = bounds.number,
                       .least = bounds.least.value_or(-infinity),
                       .most = bounds.most.value_or(infinity)});
  }
  return entries;
}

// The ids of the rows that an entry leads to; nullopt where they are not few.
std::optional<std::vector<std::int64_t>> few_of(SqliteConnection& connection, const Entry& entry) {
  Parameters parameters;
  parameters.driver = entry.driver;
  parameters.least = entry.least;
  parameters.most = entry.most;
  auto rows = connection.query("select r.id as id from " + entry_of(entry.way, std::string(to_text(entry.number))) +
                               " and (?24 is null or true) limit " + std::to_string(few + 1));
  parameters.bind(rows);
  std::vector<std::int64_t> ids;
  while (rows.next()) ids.push_back(rows.integer("id"));
  if (std::ssize(ids) > few) return std::nullopt;
  return ids;
}

// Leaves out submitters that have no run. A name to filter by may stand for several callers, such as a key and a token,
// of which mostly one has runs, and the list of one submitter is in order by its index.
ListFilter with_known_submitters(SqliteConnection& connection, ListFilter filter) {
  if (!filter.submitters || filter.submitters->size() < 2 || filter.submitters->size() > most_merged_submitters) {
    return filter;
  }
  std::erase_if(*filter.submitters, [&](const std::string& submitter) {
    auto rows = connection.query("select 1 from run_records where submitter = ?1 limit 1");
    rows.bind_next(submitter);
    return !rows.next();
  });
  return filter;
}

// Chooses how the list is walked, and sets the parameters that this way needs.
Way choose_way(SqliteConnection& connection, const ListFilter& filter, Parameters& parameters) {
  const std::vector<Entry> entries = entries_of(filter);
  const auto candidates = parameters.pattern ? text_candidates(connection, filter.text) : std::nullopt;
  if (candidates) {
    parameters.candidates = json_list(*candidates);
    return Way::candidates;
  }
  const bool by_number = filter.order != RunOrder::submitted_at;
  const auto has_list_order = [](const Entry& entry) {
    return entry.way != Way::number && entry.way != Way::submitters;
  };
  const bool is_in_order = !by_number && entries.size() == 1 && has_list_order(entries.front());
  for (const Entry& entry : entries) {
    if (is_in_order || (by_number && entry.way == Way::number && entry.number == filter.order)) continue;
    if (const auto ids = few_of(connection, entry)) {
      parameters.candidates = json_list(*ids);
      return Way::candidates;
    }
  }
  if (by_number) return Way::number;
  if (entries.empty() || !has_list_order(entries.front())) return Way::all;
  parameters.driver = entries.front().driver;
  return entries.front().way;
}

}  // namespace

ListPage list(SqliteConnection& connection, const ListFilter& asked, const std::optional<ListCursor>& after,
              std::int64_t offset, int limit) {
  ListPage page;
  if (limit <= 0) return page;
  if (is_in_no_run(asked.text)) return page;
  const ReadTransaction transaction(connection);  // so that the choice and the rows are of the same moment
  const ListFilter filter = with_known_submitters(connection, asked);
  Parameters parameters = parameters_of(filter, after, offset, limit);
  const Way way = choose_way(connection, filter, parameters);
  auto rows = connection.query(page_sql(way, filter));
  parameters.bind(rows);
  const RecordReader reader(rows);
  while (rows.next()) {
    if (page.runs.size() == static_cast<std::size_t>(limit)) {
      page.next = cursor_of(page.runs.back(), filter.order);
      break;
    }
    page.runs.push_back(reader.read(rows));
  }
  return page;
}

}  // namespace backtest::sqlite
