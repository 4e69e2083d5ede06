#include <map>

#include "base/number_text.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

std::vector<LeaseState> PostgresRunStore::renew(const std::vector<Renewal>& renewals,
                                                std::chrono::milliseconds lease_duration) {
  std::vector<std::string> indexes, run_ids, epochs, tokens, fractions, dates, speeds, navs, have_progress;
  for (std::size_t i = 0; i < renewals.size(); ++i) {
    const auto& [lease, progress] = renewals[i];
    if (!is_lease_token(lease.token)) continue;
    indexes.push_back(std::to_string(i));
    run_ids.push_back(lease.run_id);
    epochs.push_back(std::to_string(lease.epoch));
    tokens.push_back(lease.token);
    have_progress.emplace_back(progress ? "t" : "f");
    fractions.push_back(number_text(progress ? progress->fraction : 0.0));
    dates.push_back(progress ? progress->date : "");
    speeds.push_back(number_text(progress ? progress->bars_per_second : 0.0));
    navs.push_back(progress && progress->nav ? number_text(*progress->nav) : "");
  }
  std::vector<LeaseState> answers(renewals.size(), LeaseState::lost);
  if (indexes.empty()) return answers;
  // It changes no indexed column, so that PostgreSQL need not touch an index (a HOT update).
  static constexpr const char* sql = R"sql(
update backtest.run_leases l set expires_at = now() + $10::bigint * interval '1 microsecond',
  progress = case when v.has_progress then v.fraction else l.progress end,
  progress_date = case when v.has_progress then nullif(v.date, '') else l.progress_date end,
  bars_per_second = case when v.has_progress then v.speed else l.bars_per_second end,
  progress_nav = case when v.has_progress then nullif(v.nav, '')::float8 else l.progress_nav end
from unnest($1::int[], $2::text[], $3::bigint[], $4::uuid[], $5::boolean[], $6::float8[], $7::text[], $8::float8[],
  $9::text[]) as v (i, run_id, epoch, token, has_progress, fraction, date, speed, nav)
where hashtextextended(l.run_id, 0) = hashtextextended(v.run_id, 0) and l.run_id = v.run_id
  and l.epoch = v.epoch and l.token = v.token and l.expires_at > now()
returning v.i, l.cancel_requested
)sql";
  ask(StatementName::renew, [&](PostgresConnection& connection) {
    const auto rows = connection.run(
        sql, {postgres_array(indexes), postgres_array(run_ids), postgres_array(epochs), postgres_array(tokens),
              postgres_array(have_progress), postgres_array(fractions), postgres_array(dates), postgres_array(speeds),
              postgres_array(navs), std::to_string(std::chrono::microseconds(lease_duration).count())});
    for (int row = 0; row < rows.size(); ++row) {
      answers[static_cast<std::size_t>(rows.integer(row, 0))] =
          rows.boolean(row, 1) ? LeaseState::cancel_requested : LeaseState::held;
    }
    return 0;
  });
  return answers;
}

}  // namespace backtest
