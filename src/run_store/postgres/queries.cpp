#include <algorithm>

#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_text = 4096;  // names and ids are shorter
constexpr int few = 1'000;

const std::string from_runs = " from backtest.run_records r ";

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

std::vector<RunRecord> records_of(const PostgresRows& rows) {
  std::vector<RunRecord> records;
  for (int row = 0; row < rows.size(); ++row) records.push_back(record_of(rows, row));
  return records;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

std::optional<RunRecord> PostgresRunStore::get(std::string_view run_id) {
  static const std::string sql =
      "select " + run_columns() + ", r.config_json, r.effective_config_json" + from_runs + "where r.run_id = $1";
  if (has_nul(run_id)) return std::nullopt;
  return ask(StatementName::get, [&](PostgresConnection& connection) -> std::optional<RunRecord> {
    const auto rows = connection.run(sql, {std::string(run_id)});
    if (rows.size() == 0) return std::nullopt;
    RunRecord record = record_of(rows, 0);
    record.config_json = rows.text(0, run_column_count);
    record.effective_config_json = rows.text(0, run_column_count + 1);
    return record;
  });
}

std::vector<RunRecord> PostgresRunStore::get_many(const std::vector<std::string>& run_ids) {
  static const std::string sql = "select " + run_columns() + from_runs + "where r.run_id = any($1::text[])";
  std::vector<std::string> wanted;
  std::ranges::copy_if(run_ids, std::back_inserter(wanted), [](const std::string& id) { return !has_nul(id); });
  return ask(StatementName::get,
             [&](PostgresConnection& connection) { return records_of(connection.run(sql, {postgres_array(wanted)})); });
}

std::optional<std::string> PostgresRunStore::few_live(RunState state) {
  const std::string of_state = state == RunState::queued
                                   ? "select r.run_id from backtest.run_queue q join backtest.runs r on r.submitted_at "
                                     "= coalesce(q.submitted_at, "
                                     "q.available_at) and hashtextextended(r.run_id, 0) = q.run_hash"
                                   : "select run_id from backtest.run_leases";
  const std::string sql = "select coalesce(array_agg(run_id), '{}'), count(*) from (" + of_state + " limit " +
                          std::to_string(few + 1) + ") q";
  return ask(StatementName::list, [&](PostgresConnection& connection) -> std::optional<std::string> {
    const auto rows = connection.run(sql);
    if (rows.integer(0, 1) > few) return std::nullopt;
    return std::string(rows.text(0, 0));
  });
}

ListPage PostgresRunStore::list_page(const ListFilter& filter, const std::optional<ListCursor>& after,
                                     std::int64_t offset, int limit) {
  ListPage page;
  if (limit <= 0) return page;
  if (filter.text.size() > longest_text || has_nul(filter.text)) return page;
  std::vector<PostgresParameter> parameters;
  const auto parameter = [&](std::string value) {
    parameters.emplace_back(std::move(value));
    return "$" + std::to_string(parameters.size());
  };
  std::string where = "where true";
  if (filter.state) {
    const std::string status = parameter(std::string(to_text(*filter.state)));
    where += " and r.status = " + status;
    // No index holds what a claim and a completion change. Few live runs are found by their queue rows or leases, what
    // failed or was cancelled by its index; the many of a state lie densely in the order of submission.
    if (*filter.state == RunState::failed || *filter.state == RunState::cancelled) {
      where += " and r.ended_status = " + status;
    } else if (*filter.state != RunState::completed) {
      const auto live = few_live(*filter.state);
      if (live) where += " and r.run_id = any(" + parameter(*live) + "::text[])";
    }
  }
  if (after) {
    const std::string time = time_of(parameter(std::to_string(after->submitted_at)));
    where += " and (r.submitted_at, r.run_id) < (" + time + ", " + parameter(after->run_id) + ")";
  }
  if (!is_blank(filter.text)) {
    const std::string pattern = parameter(pattern_of(filter.text));
    where += " and (r.run_id ilike " + pattern + " or r.run_name ilike " + pattern + ")";
  }
  if (filter.completed_before) {
    where += " and r.completed_at < " + time_of(parameter(std::to_string(*filter.completed_before)));
  }
  const std::string sql =
      "select " + run_columns() + from_runs + where + " order by r.submitted_at desc, r.run_id desc limit " +
      std::to_string(std::int64_t{limit} + 1) + " offset " + std::to_string(std::max<std::int64_t>(offset, 0));
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
    // Queue and leases are narrow; of the ended runs only indexes are read.
    const auto rows = connection.run(
        "select (select count(*) from backtest.run_queue), (select count(*) from backtest.run_leases), "
        "(select count(*) from backtest.runs where ended_status = 'completed') + (select count(*) from "
        "backtest.run_attempts) - (select count(*) from backtest.run_attempts where ending <> 'completed'), "
        "(select count(*) from backtest.runs where ended_status = 'failed'), "
        "(select count(*) from backtest.runs where ended_status = 'cancelled'), "
        "(select extract(epoch from now() - min(available_at))::float8 from backtest.run_queue), "
        "(select extract(epoch from now() - min(r.started_at))::float8 from backtest.run_leases l join backtest.runs r "
        "on r.run_id = l.run_id)");
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
  static const std::string sql = "select sequence, run_id, " + micros_of("at") +
                                 ", state, epoch, detail from backtest.run_events where run_id = $1 and sequence > "
                                 "$2::bigint order by sequence";
  return ask(StatementName::events, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, {std::string(run_id), std::to_string(after_sequence)});
    std::vector<RunEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
      events.push_back({rows.integer(row, 0), std::string(rows.text(row, 1)), rows.integer(row, 2),
                        parse_run_state(rows.text(row, 3)).value_or(RunState::queued), rows.integer(row, 4),
                        std::string(rows.text(row, 5))});
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
