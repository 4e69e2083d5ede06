#include "edge/http/resource/run_json.hpp"

#include <optional>

#include "base/ascii_text.hpp"
#include "base/run_id.hpp"
#include "base/utc_time.hpp"
#include "edge/http/message/problem.hpp"

namespace backtest {

namespace {

// Appends the members of one object; the caller gives them in the order of their names.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }

  void add(std::string_view name, std::string_view text) {
    begin(name);
    append_json_string(out_, text);
  }
  void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
  void add(std::string_view name, bool flag) { add_raw(name, flag ? "true" : "false"); }
  void add(std::string_view name, std::int64_t number) { add_raw(name, std::to_string(number)); }
  void add(std::string_view name, int number) { add(name, std::int64_t{number}); }
  void add(std::string_view name, double number) {
    begin(name);
    append_json_number(out_, number);
  }
  template <class T>
  void add(std::string_view name, const std::optional<T>& value) {
    if (value) {
      add(name, *value);
    } else {
      add_raw(name, "null");
    }
  }
  void add_time(std::string_view name, const std::optional<StoreTime>& time) {
    add(name, time ? std::optional(utc_text(*time)) : std::nullopt);
  }
  void add_raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
  }
  void begin(std::string_view name) {
    out_ += separator_;
    out_.append("\"").append(name).append("\":");
    separator_ = ",";
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  std::string_view separator_;
};

void append_numbers(std::string& out, const RunNumbers& numbers) {
  Members members(out);
  members.add("annualized_return", numbers.annualized_return);
  members.add("annualized_volatility", numbers.annualized_volatility);
  members.add("final_equity", numbers.final_equity);
  members.add("max_drawdown", numbers.max_drawdown);
  members.add("sharpe_ratio", numbers.sharpe_ratio);
  members.add("total_return", numbers.total_return);
  members.add("trades", numbers.trades);
  members.end();
}

}  // namespace

void append_run(std::string& out, const RunRecord& record, const std::optional<std::string>& link_prefix) {
  const bool completed = record.state == RunState::completed;
  Members members(out);
  members.add("adls_container", record.adls_container);
  members.add("adls_prefix", record.adls_prefix);
  members.add("attempts", record.attempts);
  members.add("bars_per_second", record.bars_per_second);
  members.add("cancel_requested", record.cancel_requested);
  members.add_time("completed_at", record.completed_at);
  members.add("config_sha256", record.config_sha256);
  members.add("end_date", record.end_date);
  members.add("error", record.error);
  members.add("error_code", record.error_code);
  members.add("failed_attempts", record.failed_attempts);
  if (link_prefix) members.add_raw("links", json_text(run_links(*link_prefix, record.run_id)));
  members.add("lost_attempts", record.lost_attempts);
  members.begin("metrics");
  if (completed) {
    append_numbers(out, record.numbers);
  } else {
    out += "null";
  }
  members.add("output_dir", record.output_dir.empty() ? std::nullopt : std::optional(record.output_dir));
  members.add("priority", record.priority);
  members.add("progress_date", record.progress_date);
  members.add("progress_percent", completed ? 100.0 : record.progress * 100.0);
  members.add("run_id", record.run_id);
  members.add("run_name", record.run_name);
  members.add("start_date", record.start_date);
  members.add_time("started_at", record.started_at);
  members.add("status", to_text(record.state));
  members.add_time("submitted_at", record.submitted_at);
  members.add("submitter", record.submitter);
  members.end();
}

void append_runs(std::string& out, const std::vector<RunRecord>& records) {
  out += '[';
  for (const RunRecord& record : records) {
    if (&record != &records.front()) out += ',';
    append_run(out, record);
  }
  out += ']';
}

std::string run_json(const RunRecord& record, const std::optional<std::string>& link_prefix) {
  std::string out;
  append_run(out, record, link_prefix);
  return out;
}

json::object run_links(std::string_view link_prefix, std::string_view run_id) {
  const std::string self = std::string(link_prefix) + "/backtests/" + std::string(run_id);
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
  std::vector<RunRecord> records = context.runs.get_many({run_id});
  if (records.empty()) throw HttpError(404, "run_not_found", "there is no run " + run_id);
  return std::move(records.front());
}

RunRecord require_run_with_configs(ApiContext& context, std::string_view run_id) {
  std::optional<RunRecord> record = context.runs.get(run_id);
  if (!record) throw HttpError(404, "run_not_found", "there is no run " + std::string(run_id));
  return std::move(*record);
}

}  // namespace backtest
