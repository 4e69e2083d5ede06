#include "run_store/postgres/run_columns.hpp"

#include <algorithm>

#include "base/assertion.hpp"

namespace backtest {

namespace {

std::string columns(const std::string& output_dir, const std::string& config_sha256, bool may_be_null) {
  const auto of = [&](const std::string& column, const std::string& otherwise = "0") {
    return may_be_null ? "coalesce(r." + column + ", " + otherwise + ")" : "r." + column;
  };
  return "r.run_id, r.status, " + micros_of("r.submitted_at") + ", " + micros_of("r.started_at") + ", " +
         micros_of("r.completed_at") + ", r.run_name, r.start_date, r.end_date, " + output_dir +
         ", r.adls_container, r.adls_prefix, r.error, r.error_code, " + config_sha256 + ", r.submitter, " +
         of("priority") + ", " + of("revision", "1") + ", " + of("attempts") + ", " + of("lost_attempts") + ", " +
         of("failed_attempts") + ", " + of("cancel_requested", "false") +
         ", r.artifact_prefix, r.manifest_sha256, "
         "r.total_return, r.annualized_return, r.annualized_volatility, r.sharpe_ratio, r.max_drawdown, "
         "r.final_equity, r.trades, " +
         of("progress") + ", r.progress_date, " + of("bars_per_second");
}

}  // namespace

std::string enqueue_from(const std::string& from) {
  return "insert into backtest.run_queue (available_at, run_hash, submitted_at, rank, submitter) "
         "select coalesce(r.available_at, r.submitted_at), hashtextextended(r.run_id, 0), "
         "nullif(r.submitted_at, coalesce(r.available_at, r.submitted_at)), -coalesce(r.priority, 0), r.submitter "
         "from " +
         from;
}

std::string micros_of(const std::string& expression) {
  return "(extract(epoch from " + expression + ") * 1000000)::bigint";
}

std::string time_of(const std::string& parameter) {
  // Two intervals: a double of seconds would not hold every microsecond.
  return "(timestamptz 'epoch' + (" + parameter + "::bigint / 1000000) * interval '1 second' + (" + parameter +
         "::bigint % 1000000) * interval '1 microsecond')";
}

const std::string& run_columns() {
  static const std::string text = columns("r.output_dir", "r.config_sha256", false);
  return text;
}

const std::string& returned_columns() {
  static const std::string text = columns("coalesce(r.output_dir, r.run_id)",
                                          "coalesce(encode(r.config_digest, 'hex'), r.config_sha256, '')", true);
  return text;
}

RunRecord record_of(const PostgresRows& rows, int row, int first_column) {
  RunRecord record;
  int column = first_column;
  record.run_id = rows.text(row, column++);
  const auto state = parse_run_state(rows.text(row, column++));
  BACKTEST_ASSERT(state.has_value(), "the schema admits the five states only");
  record.state = *state;
  record.submitted_at = rows.integer(row, column++);
  record.started_at = rows.optional_integer(row, column++);
  record.completed_at = rows.optional_integer(row, column++);
  record.run_name = rows.optional_text(row, column++);
  record.start_date = rows.optional_text(row, column++);
  record.end_date = rows.optional_text(row, column++);
  record.output_dir = rows.text(row, column++);
  record.adls_container = rows.optional_text(row, column++);
  record.adls_prefix = rows.optional_text(row, column++);
  record.error = rows.optional_text(row, column++);
  record.error_code = rows.optional_text(row, column++);
  record.config_sha256 = rows.text(row, column++);
  record.submitter = rows.text(row, column++);
  record.priority = static_cast<int>(rows.integer(row, column++));
  record.revision = rows.integer(row, column++);
  record.attempts = static_cast<int>(rows.integer(row, column++));
  record.lost_attempts = static_cast<int>(rows.integer(row, column++));
  record.failed_attempts = static_cast<int>(rows.integer(row, column++));
  record.cancel_requested = rows.boolean(row, column++);
  const auto prefix = rows.optional_text(row, column++);
  const auto manifest = rows.optional_text(row, column++);
  if (prefix) record.artifacts = ArtifactPointer{*prefix, manifest.value_or("")};
  record.numbers.total_return = rows.optional_real(row, column++);
  record.numbers.annualized_return = rows.optional_real(row, column++);
  record.numbers.annualized_volatility = rows.optional_real(row, column++);
  record.numbers.sharpe_ratio = rows.optional_real(row, column++);
  record.numbers.max_drawdown = rows.optional_real(row, column++);
  record.numbers.final_equity = rows.optional_real(row, column++);
  record.numbers.trades = rows.optional_integer(row, column++);
  record.progress = rows.real(row, column++);
  record.progress_date = rows.optional_text(row, column++);
  record.bars_per_second = rows.real(row, column++);
  return record;
}

namespace {

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

bool is_lease_token(std::string_view text) {
  return is_hex(text, 32);
}

PostgresParameter digest_of(const std::string& sha256) {
  if (!is_hex(sha256, 64)) return std::nullopt;
  return "\\x" + sha256;
}

}  // namespace backtest
