#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

void write_renewal(SqliteConnection& connection, const RunRow& run, const std::optional<AttemptProgress>& progress) {
  connection.run("update run_leases set expires_uptime = ? where run = ?", run.lease.expires_at, run.id);
  if (!progress) return;
  const auto date = progress->date.empty() ? std::nullopt : std::optional(progress->date);
  connection.run("update run_leases set progress = ?, progress_date = ?, bars_per_second = ? where run = ?",
                 progress->fraction, date, progress->bars_per_second, run.id);
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
