// Lists in keyset order. A list walks an index that has its order, and passes over what other conditions exclude; where
// one of its conditions leaves few runs, those alone are looked at and sorted. The page's keys are found first and its
// rows then, so that nothing else is joined.
#include <algorithm>

#include "base/number_text.hpp"
#include "base/utf8_text.hpp"
#include "run_store/listed_text.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr std::size_t shortest_indexed_text = 3;  // characters
constexpr int few = 1'000;
constexpr int looked_at_first = 2'000;  // runs whose text is compared before the index of texts is asked
constexpr int texts_a_step = 500;
constexpr int numbers_a_step = 500;
constexpr int fewest_numbers_a_step = 200;  // so many must have ended before a step indexes them
constexpr auto pause_between_steps = std::chrono::milliseconds(5);
constexpr auto pause_between_looks = std::chrono::seconds(1);  // however often somebody searches

// A statement that grows with its parameters.
struct Statement {
  std::string text;
  std::vector<PostgresParameter> parameters;

  // The parameter's name in the text.
  std::string parameter(std::string value) {
    parameters.emplace_back(std::move(value));
    return "$" + std::to_string(parameters.size());
  }
  std::string time(StoreTime time) { return time_of(parameter(std::to_string(time))); }
  std::string number(double value) { return parameter(number_text(value)) + "::float8"; }
};

constexpr std::string_view attempt_of_run =
    "a.submitted_at = r.submitted_at and a.run_hash = hashtextextended(r.run_id, 0)";

// `column` is the number's expression.
std::string within(Statement& statement, const std::string& column, const NumberBounds& bounds) {
  std::string condition = " and " + column + " is not null";
  if (bounds.least) condition += " and " + column + " >= " + statement.number(*bounds.least);
  if (bounds.most) condition += " and " + column + " <= " + statement.number(*bounds.most);
  return condition;
}

// The numbers of runs that were submitted up to a moment, the extent, are in an indexed table (migration 0011). Those
// of later runs are looked at one by one.
constexpr std::string_view is_taken_in = " and n.submitted_at <= (select e.taken_to from backtest.run_number_extent e)";

// The keys of runs that have the number: from the indexed table, from the attempts beyond its extent, and from the rows
// of runs that ended before there was a table of attempts.
std::string numbered_keys(Statement& statement, const NumberBounds& bounds) {
  const std::string name(to_text(bounds.number));
  return "(select n.submitted_at, n.run_hash from backtest.run_numbers n where true" +
         within(statement, "n." + name, bounds) + std::string(is_taken_in) +
         " union all select a.submitted_at, a.run_hash from backtest.attempts_not_taken_in() a where true" +
         within(statement, "a." + name, bounds) +
         " union all select o.submitted_at, hashtextextended(o.run_id, 0) from backtest.runs o where true" +
         within(statement, "o." + name, bounds) + ")";
}

constexpr std::string_view run_of_key =
    "join backtest.runs r on r.submitted_at = k.submitted_at and hashtextextended(r.run_id, 0) = k.run_hash";

// The conditions that each run of the list must meet, whichever index finds it. `offset 0` keeps the planner from
// turning a look-up for each run into a join with the whole table.
void add_conditions(Statement& statement, const ListFilter& filter) {
  std::string& text = statement.text;
  if (filter.state) {
    const std::string state(to_text(*filter.state));
    text += " and r.status = " + statement.parameter(state);
    // A claim and a completion change no indexed column, so that they stay cheap. Only failed and cancelled runs, which
    // are few, are indexed by their end.
    const bool is_indexed = *filter.state == RunState::failed || *filter.state == RunState::cancelled;
    if (is_indexed) text += " and r.ended_status = " + statement.parameter(state);
  }
  if (filter.submitters && filter.submitters->size() == 1) {
    text += " and r.submitter = " + statement.parameter(filter.submitters->front());
  } else if (filter.submitters) {
    text += " and r.submitter = any(" + statement.parameter(postgres_array(*filter.submitters)) + "::text[])";
  }
  if (filter.strategy) text += " and r.strategy = " + statement.parameter(*filter.strategy);
  if (filter.submitted_from) text += " and r.submitted_at >= " + statement.time(*filter.submitted_from);
  if (filter.submitted_before) text += " and r.submitted_at < " + statement.time(*filter.submitted_before);
  if (filter.completed_before) text += " and r.completed_at < " + statement.time(*filter.completed_before);
  if (!is_blank_text(filter.text)) {
    const std::string pattern = statement.parameter(pattern_of_text(filter.text));
    text += " and (r.run_id ilike " + pattern + " or r.run_name ilike " + pattern + ")";
  }
  for (const std::string& tag : filter.tags) {
    text += " and exists (select from backtest.run_tags o where o.tag = " + statement.parameter(tag) +
            " and o.submitted_at = r.submitted_at and o.run_id = r.run_id offset 0)";
  }
  for (const NumberBounds& bounds : filter.bounds) {
    if (bounds.number == filter.order) continue;
    const std::string name(to_text(bounds.number));
    text += " and (exists (select from backtest.run_attempts a where " + std::string(attempt_of_run) +
            within(statement, "a." + name, bounds) + " offset 0) or (true" + within(statement, "r." + name, bounds) +
            "))";
  }
}

// The bounds, and the cursor, of the number by which the list is ordered.
NumberBounds bounds_of_order(const ListFilter& filter, const std::optional<ListCursor>& after) {
  NumberBounds all{.number = filter.order};
  for (const NumberBounds& bounds : filter.bounds) {
    if (bounds.number != filter.order) continue;
    if (bounds.least) all.least = std::max(all.least.value_or(*bounds.least), *bounds.least);
    if (bounds.most) all.most = std::min(all.most.value_or(*bounds.most), *bounds.most);
  }
  if (after && after->number) (filter.is_ascending ? all.least : all.most) = after->number;
  return all;
}

void add_cursor(Statement& statement, const ListCursor& after, const ListFilter& filter, const std::string& number,
                const std::string& time, const std::string& id) {
  const bool by_number = !number.empty();
  statement.text += " and (" + (by_number ? number + ", " : std::string()) + time + ", " + id + ")" +
                    (filter.is_ascending ? " > (" : " < (");
  if (by_number) statement.text += statement.number(after.number.value_or(0.0)) + ", ";
  statement.text += statement.time(after.submitted_at) + ", " + statement.parameter(after.run_id) + "::text)";
}

bool is_by_time(RunOrder order) {
  return order == RunOrder::completed_at || order == RunOrder::duration;
}

// Where numbers, and the times of ends (migration 0013), are found.
enum class NumberPlace { taken_in, attempts_not_taken_in, attempts_of_few, wide_rows, ends, rows_of_few };

std::vector<NumberPlace> number_places(RunOrder order, bool are_few) {
  using enum NumberPlace;
  if (is_by_time(order)) return are_few ? std::vector{rows_of_few} : std::vector{taken_in, attempts_not_taken_in, ends};
  return are_few ? std::vector{attempts_of_few, wide_rows} : std::vector{taken_in, attempts_not_taken_in, wide_rows};
}

std::string table_of(NumberPlace place) {
  switch (place) {
    case NumberPlace::taken_in:
      return "n";
    case NumberPlace::attempts_not_taken_in:
    case NumberPlace::attempts_of_few:
      return "a";
    case NumberPlace::ends:
      return "e";
    case NumberPlace::wide_rows:
    case NumberPlace::rows_of_few:
      break;
  }
  return "r";
}

std::string number_in(NumberPlace place, RunOrder order) {
  const bool is_indexed = place == NumberPlace::taken_in || place == NumberPlace::ends;
  if (!is_by_time(order)) return table_of(place) + "." + std::string(to_text(order));
  if (order == RunOrder::completed_at) {
    return is_indexed ? table_of(place) + ".completed_us" : "backtest.microseconds(r.completed_at)";
  }
  return is_indexed ? table_of(place) + ".duration_us" : "backtest.microseconds(r.started_at, r.completed_at)";
}

// The runs with a number in one place. Unless the runs are known to be few, each entry of the number's index is
// followed to its run, one at a time; `offset 0` keeps the planner from joining all of them first.
std::string numbered_runs(NumberPlace place, RunOrder order) {
  const auto looked_up = [](const std::string& numbers, const std::string& table) {
    return numbers + " cross join lateral (select * from backtest.runs r where " + table +
           ".submitted_at = r.submitted_at and " + table + ".run_hash = hashtextextended(r.run_id, 0) offset 0) r" +
           " where r.status in ('completed', 'failed', 'cancelled')";
  };
  switch (place) {
    case NumberPlace::taken_in:
      return looked_up("backtest.run_numbers n", "n") + std::string(is_taken_in);
    case NumberPlace::attempts_not_taken_in:
      // What has no number is among the ends.
      return looked_up("backtest.attempts_not_taken_in() a", "a") +
             (is_by_time(order) ? " and coalesce(a.total_return, a.sharpe_ratio, a.max_drawdown) is not null" : "");
    case NumberPlace::attempts_of_few:
      return "backtest.runs r join backtest.run_attempts a on " + std::string(attempt_of_run) +
             " where r.status = 'completed'";
    case NumberPlace::ends:
      return looked_up("backtest.run_ends e", "e");
    case NumberPlace::rows_of_few:
      return "backtest.runs r where r.status in ('completed', 'failed', 'cancelled')";
    case NumberPlace::wide_rows:
      break;
  }
  return "backtest.runs r where true";
}

void add_numbered(Statement& statement, const ListFilter& filter, const std::optional<ListCursor>& after,
                  const std::optional<std::string>& few_ids, std::int64_t rows, NumberPlace place) {
  const std::string number = number_in(place, filter.order), time = table_of(place) + ".submitted_at";
  std::string& text = statement.text;
  text += "(select r.run_id, " + time + " as submitted_at, " + number + " as number from " +
          numbered_runs(place, filter.order) + within(statement, number, bounds_of_order(filter, after));
  if (few_ids) text += " and r.run_id = any(" + statement.parameter(*few_ids) + "::text[])";
  if (after) add_cursor(statement, *after, filter, number, time, "r.run_id");
  add_conditions(statement, filter);
  const std::string direction = filter.is_ascending ? "" : " desc";
  text += " order by " + number + direction + ", " + time + direction + ", r.run_id" + direction + " limit " +
          std::to_string(rows) + ")";
}

// The list of each submitter is in order by an index, so that the lists of a few can be merged.
bool has_few_submitters(const ListFilter& filter) {
  return filter.submitters && !filter.submitters->empty() && filter.submitters->size() <= most_merged_submitters;
}

Statement keys_of_submitters(const ListFilter& filter, const std::optional<ListCursor>& after, std::int64_t rows) {
  Statement statement;
  const std::string direction = filter.is_ascending ? "" : " desc";
  const auto in_order = [&](const std::string& table) {
    return " order by " + table + ".submitted_at" + direction + ", " + table + ".run_id" + direction;
  };
  statement.text = "select one.run_id, one.submitted_at from unnest(" +
                   statement.parameter(postgres_array(*filter.submitters)) +
                   "::text[]) s (submitter) cross join lateral (select r.run_id, r.submitted_at from backtest.runs r "
                   "where r.submitter = s.submitter";
  if (after) add_cursor(statement, *after, filter, "", "r.submitted_at", "r.run_id");
  add_conditions(statement, filter);
  statement.text += in_order("r") + " limit " + std::to_string(rows) + ") one" + in_order("one");
  return statement;
}

// The keys of the first `rows` runs of a list in its order, from the runs of `few_ids` alone where they are given.
Statement keys_of_list(const ListFilter& filter, const std::optional<ListCursor>& after,
                       const std::optional<std::string>& few_ids, std::int64_t rows) {
  Statement statement;
  std::string& text = statement.text;
  const std::string direction = filter.is_ascending ? "" : " desc";
  if (filter.order != RunOrder::submitted_at) {
    const std::vector<NumberPlace> places = number_places(filter.order, few_ids.has_value());
    for (const NumberPlace place : places) {
      if (place != places.front()) text += " union all ";
      add_numbered(statement, filter, after, few_ids, rows, place);
    }
    // One select in parentheses would be refused an order of its own.
    if (places.size() == 1) text = "select * from " + text + " numbered";
    text += " order by number" + direction + ", submitted_at" + direction + ", run_id" + direction;
    return statement;
  }
  const bool by_tag = !few_ids && !filter.tags.empty();
  if (!few_ids && !by_tag && has_few_submitters(filter)) return keys_of_submitters(filter, after, rows);
  const std::string time = by_tag ? "t.submitted_at" : "r.submitted_at", id = by_tag ? "t.run_id" : "r.run_id";
  text = "select " + id + " as run_id, " + time + " as submitted_at from ";
  if (by_tag) {
    text += "backtest.run_tags t join backtest.runs r on r.run_id = t.run_id where t.tag = " +
            statement.parameter(filter.tags.front());
  } else {
    text += "backtest.runs r where true";
  }
  if (few_ids) text += " and r.run_id = any(" + statement.parameter(*few_ids) + "::text[])";
  if (after) add_cursor(statement, *after, filter, "", time, id);
  add_conditions(statement, filter);
  text += " order by " + time + direction + ", " + id + direction;
  return statement;
}

// Whether to compare the text with the first runs of the list before any index is asked: where many runs have it, a
// page is full soon.
bool is_looked_for_first(const ListFilter& filter) {
  return !is_blank_text(filter.text) && filter.order == RunOrder::submitted_at && !filter.state &&
         filter.tags.empty() && !filter.strategy && filter.bounds.empty() && !filter.completed_before;
}

// The keys, in order, of those among the list's first `looked_at_first` runs that meet its conditions.
Statement keys_of_first_runs(const ListFilter& filter, const std::optional<ListCursor>& after) {
  Statement statement;
  std::string& text = statement.text;
  const std::string direction = filter.is_ascending ? "" : " desc";
  const std::string order = " order by r.submitted_at" + direction + ", r.run_id" + direction;
  text = "select r.run_id, r.submitted_at from (select * from backtest.runs r where true";
  if (filter.submitters) {
    text += " and r.submitter = any(" + statement.parameter(postgres_array(*filter.submitters)) + "::text[])";
  }
  if (after) add_cursor(statement, *after, filter, "", "r.submitted_at", "r.run_id");
  text += order + " limit " + std::to_string(looked_at_first) + ") r where true";
  add_conditions(statement, filter);
  text += order;
  return statement;
}

// The ids that `source` gives, and how many: more than `few` mean that there are too many of them to be of use.
Statement few_ids_statement(const std::string& source, std::vector<PostgresParameter> parameters) {
  return {.text = "select coalesce(array_agg(run_id), '{}'), count(*) from (" + source + " limit " +
                  std::to_string(few + 1) + ") few",
          .parameters = std::move(parameters)};
}

// The same for an index without ids: its entries, read by `entries`, are counted first, and the ids of `source` are
// read only where they are few.
Statement counted_few_ids(const std::string& entries, const std::string& source,
                          std::vector<PostgresParameter> parameters) {
  return {.text = "select case when few.entries <= " + std::to_string(few) + " then array(select r.run_id from " +
                  source + ") end, few.entries from (select count(*) as entries from (select from " + entries +
                  " limit " + std::to_string(few + 1) + ") entry) few",
          .parameters = std::move(parameters)};
}

Statement few_ids_where(const std::string& condition, const std::string& value) {
  const std::string runs = "backtest.runs r where r." + condition;
  return counted_few_ids(runs, runs, {value});
}

// Candidates for a text: runs that have its three rarest trigrams, by the statistics of the table. A trigram that most
// runs have would only cost reading. Runs that the index has not taken in yet are compared directly.
Statement few_ids_of_text(const std::string& text) {
  return few_ids_statement(R"sql(
select run_id from backtest.run_texts where trigrams <> '{}' and trigrams @> (
  select array_agg(rarest.word) from (
    select w.word from unnest(backtest.trigrams_of($1)) w (word)
      left join (select known.word, known.share from pg_stats s,
          unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) known (word, share)
          where s.schemaname = 'backtest' and s.tablename = 'run_texts' and s.attname = 'trigrams') known
        on known.word = w.word
      order by coalesce(known.share, 0), w.word limit 3) rarest)
union all
select run_id from backtest.runs r where r.submitted_at > (select indexed_to from backtest.run_text_extent)
  and (r.run_id ilike $2 or r.run_name ilike $2))sql",
                           {text, pattern_of_text(text)});
}

// For each condition that an index answers, a statement that names all runs for which it holds; first those that as a
// rule leave the fewest.
std::vector<Statement> few_ids_statements(const ListFilter& filter) {
  std::vector<Statement> statements;
  const bool by_number = filter.order != RunOrder::submitted_at;
  // Queued and running runs are found by their rows in the queue and among the leases.
  if (filter.state == RunState::queued) {
    statements.push_back(few_ids_statement(
        "select r.run_id from backtest.run_queue q join backtest.runs r on r.submitted_at = coalesce(q.submitted_at, "
        "q.available_at) and hashtextextended(r.run_id, 0) = q.run_hash",
        {}));
  }
  if (filter.state == RunState::running) {
    statements.push_back(few_ids_statement("select run_id from backtest.run_leases", {}));
  }
  if (!is_blank_text(filter.text) && character_count(filter.text) >= shortest_indexed_text) {
    statements.push_back(few_ids_of_text(filter.text));
  }
  std::vector<Statement> in_order;  // by indexes that have the order of submission
  for (const std::string& tag : filter.tags) {
    in_order.push_back(few_ids_statement("select run_id from backtest.run_tags where tag = $1", {tag}));
  }
  if (has_few_submitters(filter)) {
    in_order.push_back(few_ids_where("submitter = any($1::text[])", postgres_array(*filter.submitters)));
  }
  if (filter.strategy) in_order.push_back(few_ids_where("strategy = $1", *filter.strategy));
  if (filter.state == RunState::failed || filter.state == RunState::cancelled) {
    in_order.push_back(few_ids_statement("select run_id from backtest.runs where ended_status = $1",
                                         {std::string(to_text(*filter.state))}));
  }
  const bool has_bounds = !filter.bounds.empty();
  if (by_number || in_order.size() > 1 || has_bounds) {
    statements.insert(statements.end(), in_order.begin(), in_order.end());
  }
  for (const NumberBounds& bounds : filter.bounds) {
    if (bounds.number == filter.order) continue;
    Statement statement;
    const std::string keys = numbered_keys(statement, bounds) + " k";
    statements.push_back(counted_few_ids(keys, keys + " " + std::string(run_of_key), statement.parameters));
  }
  return statements;
}

struct PageSize {
  std::int64_t first = 0, runs = 0;
};

std::vector<RunRecord> records_of_page(PostgresConnection& connection, const Statement& statement,
                                       const ListFilter& filter, const PageSize& size) {
  const std::string keys =
      statement.text + " limit " + std::to_string(size.runs) + " offset " + std::to_string(size.first);
  const std::string direction = filter.is_ascending ? "" : " desc";
  const std::string number = filter.order != RunOrder::submitted_at ? "page.number" + direction + ", " : "";
  const RecordRows rows(connection.run("select " + run_columns() + " from (" + keys +
                                           ") page join backtest.run_records r on r.run_id = page.run_id order by " +
                                           number + "page.submitted_at" + direction + ", page.run_id" + direction,
                                       statement.parameters));
  std::vector<RunRecord> records;
  for (int row = 0; row < rows.size(); ++row) records.push_back(rows.record(row));
  return records;
}

}  // namespace

std::chrono::milliseconds PostgresRunStore::extend_text_index() {
  std::int64_t added = 0;
  do {
    added = ask(StatementName::index_texts, [&](PostgresConnection& connection) {
      return connection.run("select backtest.extend_run_texts($1)", {std::to_string(texts_a_step)}).integer(0, 0);
    });
  } while (added > 0 && text_indexing_.rest(pause_between_steps));
  return pause_between_looks;
}

std::chrono::milliseconds PostgresRunStore::extend_numbers() {
  bool may_be_more = false;
  do {
    may_be_more = ask(StatementName::index_numbers, [&](PostgresConnection& connection) {
      return connection
          .run("select backtest.extend_run_numbers($1, $2)",
               {std::to_string(numbers_a_step), std::to_string(fewest_numbers_a_step)})
          .boolean(0, 0);
    });
  } while (may_be_more && number_indexing_.rest(pause_between_steps));
  return pause_between_looks;
}

ListPage PostgresRunStore::list_page(const ListFilter& filter, const std::optional<ListCursor>& after,
                                     std::int64_t offset, int limit) {
  ListPage page;
  if (limit <= 0) return page;
  if (is_in_no_run(filter.text)) return page;
  if (!is_blank_text(filter.text)) text_indexing_.want();
  if (filter.order != RunOrder::submitted_at || !filter.bounds.empty()) number_indexing_.want();
  const std::vector<Statement> few_statements = few_ids_statements(filter);
  page.runs = ask(StatementName::list, [&](PostgresConnection& connection) {
    const PageSize size{.first = std::max<std::int64_t>(offset, 0), .runs = std::int64_t{limit} + 1};
    if (is_looked_for_first(filter)) {
      auto records = records_of_page(connection, keys_of_first_runs(filter, after), filter, size);
      if (std::ssize(records) == size.runs) return records;
    }
    std::optional<std::string> few_ids;
    for (std::size_t i = 0; i < few_statements.size() && !few_ids; ++i) {
      const auto rows = connection.run(few_statements[i].text, few_statements[i].parameters);
      if (rows.integer(0, 1) <= few) few_ids = rows.optional_text(0, 0);
    }
    return records_of_page(connection, keys_of_list(filter, after, few_ids, size.first + size.runs), filter, size);
  });
  if (std::ssize(page.runs) > limit) {
    page.runs.pop_back();
    page.next = cursor_of(page.runs.back(), filter.order);
  }
  return page;
}

ListPage PostgresRunStore::list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) {
  return list_page(filter, after, 0, limit);
}

ListPage PostgresRunStore::list_offset(const ListFilter& filter, std::int64_t offset, int limit) {
  return list_page(filter, std::nullopt, offset, limit);
}

}  // namespace backtest
