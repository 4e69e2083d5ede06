#include <fmt/format.h>

#include <algorithm>

#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_text = 4096;  // names and ids are shorter
constexpr int few = 1'000;

constexpr const char* few_queued = R"sql(
select coalesce(array_agg(run_id), '{}'), count(*) from (
  select r.run_id from backtest.run_queue q join backtest.runs r
    on r.submitted_at = coalesce(q.submitted_at, q.available_at) and hashtextextended(r.run_id, 0) = q.run_hash
  limit $1::bigint + 1) few
)sql";
constexpr const char* few_running = R"sql(
select coalesce(array_agg(run_id), '{}'), count(*) from (
  select run_id from backtest.run_leases limit $1::bigint + 1) few
)sql";
// Parameters: 1 state, 2 ended state, 3 ids, 4 and 5 the cursor, 6 pattern, 7 completed before, 8 limit, 9 offset. What
// is null asks for nothing: the statement is planned with its parameters, so a condition that is void costs nothing.
constexpr const char* page_of_list = R"sql(
 from backtest.run_records r
where ($1::text is null or r.status = $1) and ($2::text is null or r.ended_status = $2)
  and ($3::text[] is null or r.run_id = any($3))
  and ($4::bigint is null or (r.submitted_at, r.run_id) < ({cursor_time}, $5::text))
  and ($6::text is null or r.run_id ilike $6 or r.run_name ilike $6)
  and ($7::bigint is null or r.completed_at < {completed_before})
order by r.submitted_at desc, r.run_id desc limit $8::bigint offset $9::bigint
)sql";
// Queue and leases are narrow; of the ended runs only indexes are read.
constexpr const char* count_runs = R"sql(
select (select count(*) from backtest.run_queue) as queued, (select count(*) from backtest.run_leases) as running,
  (select count(*) from backtest.runs where ended_status = 'completed')
    + (select count(*) from backtest.run_attempts)
    - (select count(*) from backtest.run_attempts where ending <> 'completed') as completed,
  (select count(*) from backtest.runs where ended_status = 'failed') as failed,
  (select count(*) from backtest.runs where ended_status = 'cancelled') as cancelled,
  (select extract(epoch from now() - min(available_at))::float8 from backtest.run_queue) as oldest_queued_s,
  (select extract(epoch from now() - min(r.started_at))::float8
    from backtest.run_leases l join backtest.runs r on r.run_id = l.run_id) as oldest_lease_s
)sql";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

// A pattern that means the text itself, wherever it stands.
std::string pattern_of(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

std::vector<RunRecord> records_of(PostgresRows result) {
  const RecordRows rows(std::move(result));
  std::vector<RunRecord> records;
  for (int row = 0; row < rows.size(); ++row) records.push_back(rows.record(row));
  return records;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

std::optional<RunRecord> PostgresRunStore::get(std::string_view run_id) {
  static const std::string sql =
      "select " + run_columns() +
      ", r.config_json, r.effective_config_json from backtest.run_records r where r.run_id = $1";
  if (has_nul(run_id)) return std::nullopt;
  return ask(StatementName::get, [&](PostgresConnection& connection) -> std::optional<RunRecord> {
    const RecordRows rows(connection.run(sql, {std::string(run_id)}), ConfigTexts::read);
    if (rows.size() == 0) return std::nullopt;
    return rows.record(0);
  });
}

std::vector<RunRecord> PostgresRunStore::get_many(const std::vector<std::string>& run_ids) {
  static const std::string sql =
      "select " + run_columns() + " from backtest.run_records r where r.run_id = any($1::text[])";
  std::vector<std::string> wanted;
  std::ranges::copy_if(run_ids, std::back_inserter(wanted), [](const std::string& id) { return !has_nul(id); });
  return ask(StatementName::get,
             [&](PostgresConnection& connection) { return records_of(connection.run(sql, {postgres_array(wanted)})); });
}

std::optional<std::string> PostgresRunStore::few_live(RunState state) {
  return ask(StatementName::list, [&](PostgresConnection& connection) -> std::optional<std::string> {
    const auto rows = connection.run(state == RunState::queued ? few_queued : few_running, {std::to_string(few)});
    if (rows.integer(0, 1) > few) return std::nullopt;
    return std::string(rows.text(0, 0));
  });
}

ListPage PostgresRunStore::list_page(const ListFilter& filter, const std::optional<ListCursor>& after,
                                     std::int64_t offset, int limit) {
  static const std::string sql = "select " + run_columns() +
                                 fmt::format(fmt::runtime(page_of_list), fmt::arg("cursor_time", time_of("$4")),
                                             fmt::arg("completed_before", time_of("$7")));
  ListPage page;
  if (limit <= 0) return page;
  if (filter.text.size() > longest_text || has_nul(filter.text)) return page;
  PostgresParameter state, ended_state, ids, cursor_time, cursor_id, pattern, completed_before;
  if (filter.state) {
    state = std::string(to_text(*filter.state));
    // No index holds what a claim and a completion change. Few live runs are found by their queue rows or leases, what
    // failed or was cancelled by its index; the many of a state lie densely in the order of submission.
    if (*filter.state == RunState::failed || *filter.state == RunState::cancelled) {
      ended_state = state;
    } else if (*filter.state != RunState::completed) {
      ids = few_live(*filter.state);
    }
  }
  if (after) {
    cursor_time = std::to_string(after->submitted_at);
    cursor_id = after->run_id;
  }
  if (!is_blank(filter.text)) pattern = pattern_of(filter.text);
  if (filter.completed_before) completed_before = std::to_string(*filter.completed_before);
  const std::vector<PostgresParameter> parameters{state,
                                                  ended_state,
                                                  ids,
                                                  cursor_time,
                                                  cursor_id,
                                                  pattern,
                                                  completed_before,
                                                  std::to_string(std::int64_t{limit} + 1),
                                                  std::to_string(std::max<std::int64_t>(offset, 0))};
  page.runs = ask(StatementName::list,
                  [&](PostgresConnection& connection) { return records_of(connection.run(sql, parameters)); });
  if (std::ssize(page.runs) > limit) {
    page.runs.pop_back();
    page.next = ListCursor{page.runs.back().submitted_at, page.runs.back().run_id};
  }
  return page;
}

ListPage PostgresRunStore::list(const ListFilter& filter, const std::optional<ListCursor>& after, int limit) {
  return list_page(filter, after, 0, limit);
}

ListPage PostgresRunStore::list_offset(const ListFilter& filter, std::int64_t offset, int limit) {
  return list_page(filter, std::nullopt, offset, limit);
}

Counts PostgresRunStore::counts() {
  return ask(StatementName::counts, [](PostgresConnection& connection) {
    const auto rows = connection.run(count_runs);
    Counts counts;
    counts.queued = rows.integer(0, 0);
    counts.running = rows.integer(0, 1);
    counts.completed = rows.integer(0, 2);
    counts.failed = rows.integer(0, 3);
    counts.cancelled = rows.integer(0, 4);
    // A retry that waits for its time is not old yet.
    if (const auto age = rows.optional_real(0, 5)) counts.oldest_queued_s = std::max(*age, 0.0);
    counts.oldest_lease_s = rows.optional_real(0, 6);
    return counts;
  });
}

std::vector<RunEvent> PostgresRunStore::events(std::string_view run_id, std::int64_t after_sequence) {
  static const std::string sql = "select sequence, run_id, state, epoch, detail, " + micros_of("at") + R"sql( as at
from backtest.run_events where run_id = $1 and sequence > $2::bigint order by sequence
)sql";
  return ask(StatementName::events, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, {std::string(run_id), std::to_string(after_sequence)});
    std::vector<RunEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
      events.push_back({.sequence = rows.integer(row, rows.column("sequence")),
                        .run_id = std::string(rows.text(row, rows.column("run_id"))),
                        .at = rows.integer(row, rows.column("at")),
                        .state = parse_run_state(rows.text(row, rows.column("state"))).value_or(RunState::queued),
                        .epoch = rows.integer(row, rows.column("epoch")),
                        .detail = std::string(rows.text(row, rows.column("detail")))});
    }
    return events;
  });
}

std::optional<Lease> PostgresRunStore::current_lease(std::string_view run_id) {
  return ask(StatementName::current_lease, [&](PostgresConnection& connection) -> std::optional<Lease> {
    const auto rows =
        connection.run("select epoch, replace(token::text, '-', '') from backtest.run_leases where run_id = $1",
                       {std::string(run_id)});
    if (rows.size() == 0) return std::nullopt;
    return Lease{std::string(run_id), rows.integer(0, 0), std::string(rows.text(0, 1))};
  });
}

}  // namespace backtest
