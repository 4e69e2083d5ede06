#include "edge/http/run_json.hpp"

#include <optional>

#include "base/ascii_text.hpp"
#include "base/run_id.hpp"
#include "base/utc_time.hpp"
#include "edge/http/problem.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

template <class T>
json::value nullable(const std::optional<T>& v) {
  return v ? json::value(*v) : json::value(nullptr);
}

json::value time_json(const std::optional<StoreTime>& time) {
  return time ? json::value(utc_text(*time)) : json::value(nullptr);
}

json::object numbers_json(const RunNumbers& numbers) {
  json::object out;
  out["total_return"] = nullable(numbers.total_return);
  out["annualized_return"] = nullable(numbers.annualized_return);
  out["annualized_volatility"] = nullable(numbers.annualized_volatility);
  out["sharpe_ratio"] = nullable(numbers.sharpe_ratio);
  out["max_drawdown"] = nullable(numbers.max_drawdown);
  out["final_equity"] = nullable(numbers.final_equity);
  out["trades"] = nullable(numbers.trades);
  return out;
}

}  // namespace

json::object run_json(const RunRecord& record) {
  json::object out;
  out["run_id"] = record.run_id;
  out["status"] = std::string(to_text(record.state));
  out["submitted_at"] = utc_text(record.submitted_at);
  out["started_at"] = time_json(record.started_at);
  out["completed_at"] = time_json(record.completed_at);
  out["run_name"] = nullable(record.run_name);
  out["start_date"] = nullable(record.start_date);
  out["end_date"] = nullable(record.end_date);
  out["output_dir"] = record.output_dir.empty() ? json::value(nullptr) : json::value(record.output_dir);
  out["adls_container"] = nullable(record.adls_container);
  out["adls_prefix"] = nullable(record.adls_prefix);
  out["error"] = nullable(record.error);
  out["error_code"] = nullable(record.error_code);
  out["config_sha256"] = record.config_sha256;
  out["submitter"] = record.submitter;
  out["priority"] = record.priority;
  out["attempts"] = record.attempts;
  out["lost_attempts"] = record.lost_attempts;
  out["failed_attempts"] = record.failed_attempts;
  out["cancel_requested"] = record.cancel_requested;
  out["progress_percent"] = record.state == RunState::completed ? 100.0 : record.progress * 100.0;
  out["progress_date"] = nullable(record.progress_date);
  out["bars_per_second"] = record.bars_per_second;
  out["metrics"] = record.state == RunState::completed ? json::value(numbers_json(record.numbers)) : nullptr;
  return out;
}

json::object run_links(std::string_view run_id) {
  const std::string self = "/backtests/" + std::string(run_id);
  json::object links;
  links["self"] = self;
  for (const char* name : {"status", "config", "events", "summary", "trades", "artifacts", "cancel"}) {
    links[name] = self + "/" + name;
  }
  links["timeseries"] = self + "/metrics/timeseries";
  links["rolling"] = self + "/metrics/rolling";
  return links;
}

std::string checked_run_id(std::string_view text) {
  const std::string_view id = trimmed(text);
  if (!valid_run_id(id)) {
    throw HttpError(400, "invalid_run_id",
                    "a run id is 1 to 64 of the characters A-Z a-z 0-9 _ - and begins with a letter or a digit; "
                    "compare, validate and runs are taken");
  }
  return std::string(id);
}

RunRecord require_run(ApiContext& context, const HttpRequest& request) {
  const std::string run_id = checked_run_id(request.parameter("run_id"));
  std::optional<RunRecord> record = context.runs.get(run_id);
  if (!record) throw HttpError(404, "run_not_found", "there is no run " + run_id);
  return std::move(*record);
}

}  // namespace backtest
