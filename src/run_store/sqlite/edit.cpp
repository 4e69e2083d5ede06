#include "run_store/run_tags.hpp"
#include "run_store/sqlite/queries.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

// Tags and the text index follow by triggers.
constexpr const char* set_name = R"sql(
update run_records set run_name = nullif(?2, '') where run_id = ?1
)sql";
constexpr const char* set_note = R"sql(
update run_records set note = nullif(?2, '') where run_id = ?1
)sql";
constexpr const char* set_tags = R"sql(
update run_records set tags = ?2 where run_id = ?1
)sql";
constexpr const char* run_with_tags = R"sql(
select 1 from run_records where run_id = ?1 and tags is ?2
)sql";
constexpr const char* advance_revision = R"sql(
update run_records set revision = revision + 1 where run_id = ?1
)sql";

constexpr const char* due_notices = R"sql(
select run_id, state, ended_at, tries from run_notices where due_at <= ?1 order by due_at limit ?2
)sql";
constexpr const char* put_off_notice = R"sql(
update run_notices set due_at = ?2, tries = tries + 1 where run_id = ?1
)sql";

}  // namespace

bool edit(SqliteConnection& connection, std::string_view run_id, const RunEdit& edit) {
  if (edit.tags_before && !connection.query(run_with_tags, run_id, tags_text(*edit.tags_before)).next()) return false;
  if (edit.run_name) connection.run(set_name, run_id, *edit.run_name);
  if (edit.note) connection.run(set_note, run_id, *edit.note);
  if (edit.tags) connection.run(set_tags, run_id, tags_text(*edit.tags));
  connection.run(advance_revision, run_id);
  return true;
}

bool want_notices(SqliteConnection& connection, bool are_wanted) {
  if (are_wanted) {
    connection.run("insert or ignore into notices_wanted values (1)");
  } else {
    connection.run("delete from notices_wanted");
    connection.run("delete from run_notices");
  }
  return true;
}

bool has_due_notice(SqliteConnection& connection, const Moment& now) {
  return connection.query("select 1 from run_notices where due_at <= ?1 limit 1", now.utc).next();
}

std::vector<RunNotice> take_notices(SqliteConnection& connection, const Moment& now, int limit,
                                    std::chrono::milliseconds first_pause) {
  std::vector<RunNotice> notices;
  {
    auto rows = connection.query(due_notices, now.utc, limit);
    while (rows.next()) {
      notices.push_back({.run_id = rows.text("run_id"),
                         .state = *parse_run_state(rows.text("state")),
                         .ended_at = rows.integer("ended_at"),
                         .tries = static_cast<int>(rows.integer("tries"))});
    }
  }
  for (const RunNotice& notice : notices) {
    connection.run(put_off_notice, notice.run_id, now.utc + notice_pause(notice.tries, first_pause).count());
  }
  return notices;
}

bool settle_notice(SqliteConnection& connection, std::string_view run_id) {
  connection.run("delete from run_notices where run_id = ?", run_id);
  return true;
}

}  // namespace backtest::sqlite
