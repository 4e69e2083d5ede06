#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

constexpr const char* prolong_lease = R"sql(
update run_leases set expires_uptime = ?2 where run = ?1
)sql";
constexpr const char* note_progress = R"sql(
update run_leases set progress = ?2, progress_date = ?3, bars_per_second = ?4, progress_nav = ?5 where run = ?1
)sql";

void write_renewal(SqliteConnection& connection, const RunRow& run, const std::optional<AttemptProgress>& progress) {
  connection.run(prolong_lease, run.id, run.lease.expires_at);
  if (!progress) return;
  const auto date = progress->date.empty() ? std::nullopt : std::optional(progress->date);
  connection.run(note_progress, run.id, progress->fraction, date, progress->bars_per_second, progress->nav);
}

}  // namespace

std::vector<LeaseState> renew(SqliteConnection& connection, const Moment& now, const std::vector<Renewal>& renewals,
                              std::chrono::milliseconds lease_duration) {
  const StoreTime duration = std::chrono::microseconds(lease_duration).count();
  std::vector<LeaseState> answers;
  for (const Renewal& renewal : renewals) {
    auto run = find_run(connection, now, renewal.lease.run_id);
    if (!run) {
      answers.push_back(LeaseState::lost);
      continue;
    }
    answers.push_back(renew_lease(run->lease, renewal.lease, now.uptime, now.uptime + duration));
    if (answers.back() != LeaseState::lost) write_renewal(connection, *run, renewal.progress);
  }
  return answers;
}

}  // namespace backtest::sqlite
