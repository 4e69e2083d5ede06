// What people change of a run, and the news of its end (0009).
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

namespace {

PostgresParameter flag(bool is_set) {
  return is_set ? "true" : "false";
}
PostgresParameter given(const std::optional<std::string>& text) {
  if (!text || text->empty()) return std::nullopt;
  return text;
}

}  // namespace

// It may be repeated after a lost answer: the fields are set to the same values, and only the revision grows once more.
std::optional<RunRecord> PostgresRunStore::edit(std::string_view run_id, const RunEdit& edit) {
  if (run_id.find('\0') != std::string_view::npos) return std::nullopt;
  FunctionCall call("backtest.edit_run");
  call.with("edited_run_id", std::string(run_id))
      .with("with_name", flag(edit.run_name.has_value()))
      .with("name", given(edit.run_name))
      .with("with_note", flag(edit.note.has_value()))
      .with("new_note", given(edit.note))
      .with("with_tags", flag(edit.tags.has_value()))
      .with("new_tags", edit.tags ? tags_text(*edit.tags) : std::nullopt);
  // One statement locks the row, compares its tags and edits it or leaves it, so that nobody comes in between.
  const auto sql_where_tags_are = [&](const std::string& tags) {
    return "select case when r.tags is not distinct from " + tags + " then " + call.sql() +
           " else true end from (select tags from backtest.runs where run_id = $1 for update) r";
  };
  const bool is_there = ask(StatementName::edit, [&](PostgresConnection& connection) {
    auto parameters = call.parameters();
    if (!edit.tags_before) return connection.run("select " + call.sql(), parameters).boolean(0, 0);
    parameters.push_back(tags_text(*edit.tags_before));
    const auto rows = connection.run(sql_where_tags_are("$" + std::to_string(parameters.size())), parameters);
    return rows.size() == 1 && rows.boolean(0, 0);
  });
  if (!is_there) return std::nullopt;
  std::vector<RunRecord> records = get_many({std::string(run_id)});
  if (records.empty()) return std::nullopt;
  return std::move(records.front());
}

void PostgresRunStore::want_notices(bool are_wanted) {
  ask(StatementName::notices, [&](PostgresConnection& connection) {
    if (are_wanted) {
      connection.run("insert into backtest.notices_wanted default values on conflict do nothing");
    } else {
      connection.run("with n as (delete from backtest.notices_wanted) delete from backtest.run_notices");
    }
    return 0;
  });
}

std::vector<RunNotice> PostgresRunStore::take_notices(int limit, std::chrono::milliseconds first_pause) {
  // The pause is notice_pause() of the tries that were made before.
  static const std::string sql = R"sql(
with due as (
  select run_id from backtest.run_notices where due_at <= now() order by due_at for update skip locked limit $1::bigint)
update backtest.run_notices n set tries = n.tries + 1,
    due_at = now() + least($2::bigint * interval '1 millisecond' * (1 << least(n.tries, 20)), interval '1 hour')
  from due where n.run_id = due.run_id
  returning n.run_id, n.state, n.tries - 1, )sql" +
                                 micros_of("n.ended_at");
  return ask(StatementName::notices, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, {std::to_string(limit), std::to_string(first_pause.count())});
    std::vector<RunNotice> notices;
    for (int row = 0; row < rows.size(); ++row) {
      notices.push_back({.run_id = std::string(rows.text(row, 0)),
                         .state = parse_run_state(rows.text(row, 1)).value_or(RunState::failed),
                         .ended_at = rows.integer(row, 3),
                         .tries = static_cast<int>(rows.integer(row, 2))});
    }
    return notices;
  });
}

void PostgresRunStore::settle_notice(std::string_view run_id) {
  ask(StatementName::notices, [&](PostgresConnection& connection) {
    connection.run("delete from backtest.run_notices where run_id = $1", {std::string(run_id)});
    return 0;
  });
}

}  // namespace backtest
