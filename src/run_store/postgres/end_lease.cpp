// Every way in which a lease ends is a function of the schema (0007, 0008). Each starts by deleting the lease that
// matches (run, epoch, token) and has not expired, and only from that row goes on to the run, the queue and the row of
// the attempt; where there is none it gives the run that this same lease ended that way before.
#include <string>

#include "base/number_text.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

PostgresParameter parameter_of(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return number_text(*value);
}

PostgresParameter parameter_of(const std::optional<std::int64_t>& value) {
  if (!value) return std::nullopt;
  return std::to_string(*value);
}

FunctionCall ending(std::string_view function, const Lease& lease) {
  FunctionCall call(function);
  call.with("lease_run_id", lease.run_id)
      .with("lease_epoch", std::to_string(lease.epoch))
      .with("lease_token", lease.token);
  return call;
}

std::expected<RunRecord, WriteError> ended(PostgresConnection& connection, const FunctionCall& call) {
  const RecordRows rows(connection.run("select " + run_columns() + " from " + call.sql() + " as r", call.parameters()));
  if (rows.size() == 0) return std::unexpected(WriteError::lease_lost);
  return rows.record(0);
}

}  // namespace

void PostgresRunStore::look_from_the_start() {
  const std::lock_guard lock(lanes_mutex_);
  lanes_found_ = {};
}

std::expected<RunRecord, WriteError> PostgresRunStore::complete(const Lease& lease, const Completion& completion) {
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  FunctionCall call = ending("backtest.complete_run", lease);
  const std::string& manifest = completion.artifacts.manifest_sha256;
  const PostgresParameter digest = digest_of(manifest);
  call.with("prefix", completion.artifacts.prefix)
      .with("manifest_sha256", digest ? std::nullopt : PostgresParameter(manifest))
      .with("manifest_digest", digest)
      .with("container", completion.adls_container)
      .with("container_prefix", completion.adls_prefix);
  for_each_field(run_number_fields,
                 [&](const auto& field) { call.with(field.name, parameter_of(completion.numbers.*field.member)); });
  return ask(StatementName::complete, [&](PostgresConnection& connection) { return ended(connection, call); });
}

std::expected<RunRecord, WriteError> PostgresRunStore::fail(const Lease& lease, const Failure& failure) {
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  FunctionCall call = ending("backtest.fail_run", lease);
  call.with("code", failure.code)
      .with("message", failure.message)
      .with("retryable", failure.retryable ? "t" : "f")
      .with("most_failed", std::to_string(failure.max_failed_attempts))
      .with("retry_microseconds", std::to_string(std::chrono::microseconds(failure.retry_delay).count()));
  auto answer = ask(StatementName::fail, [&](PostgresConnection& connection) { return ended(connection, call); });
  look_from_the_start();
  return answer;
}

std::expected<RunRecord, WriteError> PostgresRunStore::release(const Lease& lease) {
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  const FunctionCall call = ending("backtest.release_run", lease);
  auto answer = ask(StatementName::release, [&](PostgresConnection& connection) { return ended(connection, call); });
  look_from_the_start();
  return answer;
}

std::expected<RunRecord, WriteError> PostgresRunStore::finish_cancel(const Lease& lease) {
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  const FunctionCall call = ending("backtest.finish_cancel", lease);
  return ask(StatementName::finish_cancel, [&](PostgresConnection& connection) { return ended(connection, call); });
}

std::vector<std::string> PostgresRunStore::reclaim(int limit, int max_lost_attempts) {
  if (limit <= 0) return {};
  FunctionCall call("backtest.reclaim_runs");
  call.with("wanted", std::to_string(limit)).with("most_lost", std::to_string(max_lost_attempts));
  auto reclaimed = ask(StatementName::reclaim, [&](PostgresConnection& connection) {
    const auto rows = connection.run("select * from " + call.sql(), call.parameters());
    std::vector<std::string> run_ids;
    for (int row = 0; row < rows.size(); ++row) run_ids.emplace_back(rows.text(row, 0));
    return run_ids;
  });
  if (!reclaimed.empty()) look_from_the_start();
  return reclaimed;
}

}  // namespace backtest
