#include "edge/http/resource/run_json.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ascii_text.hpp"
#include "base/run_id.hpp"
#include "base/utc_time.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/old_texts.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/run_ownership.hpp"
#include "run_store/run_fields.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

constexpr std::uint64_t old_text_factor = 12;  // of trees that old texts are parsed into

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
  void add(std::string_view name, const std::vector<std::string>& texts) {
    begin(name);
    out_ += '[';
    for (const std::string& text : texts) {
      if (&text != &texts.front()) out_ += ',';
      append_json_string(out_, text);
    }
    out_ += ']';
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
  Members nested(std::string_view name) {
    begin(name);
    return Members(out_);
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

template <typename Owner>
struct Member {
  std::string_view name;
  void (*write)(Members&, const Owner&);
};
template <typename Owner>
using SortedMembers = std::vector<Member<Owner>>;

template <std::size_t index>
void write_number(Members& members, const RunNumbers& numbers) {
  constexpr auto field = std::get<index>(run_number_fields);
  members.add(field.name, numbers.*field.member);
}

const SortedMembers<RunNumbers>& members_of_numbers() {
  static const SortedMembers<RunNumbers> sorted = []<std::size_t... index>(std::index_sequence<index...>) {
    SortedMembers<RunNumbers> members{{std::get<index>(run_number_fields).name, write_number<index>}...};
    std::ranges::sort(members, {}, &Member<RunNumbers>::name);
    return members;
  }(std::make_index_sequence<std::tuple_size_v<decltype(run_number_fields)>>());
  return sorted;
}

// What answers show in another form than the record has it.
constexpr Member<RunRecord> derived_members[] = {
    {"error",
     [](Members& members, const RunRecord& record) {
       // Ours have a code and name no internals; those of the Python service are exceptions' texts.
       const bool is_old = record.error && !record.error_code;
       members.add("error", is_old ? std::optional(without_directories(*record.error)) : record.error);
     }},
    {"metrics",
     [](Members& members, const RunRecord& record) {
       if (record.state != RunState::completed) return members.add_raw("metrics", "null");
       Members own = members.nested("metrics");
       for (const auto& member : members_of_numbers()) member.write(own, record.numbers);
       own.end();
     }},
    {"output_dir",
     [](Members& members, const RunRecord& record) {
       members.add("output_dir", record.output_dir.empty() ? std::nullopt : std::optional(record.output_dir));
     }},
    {"progress_percent",
     [](Members& members, const RunRecord& record) {
       members.add("progress_percent", record.state == RunState::completed ? 100.0 : record.progress * 100.0);
     }},
    {"submitter",
     [](Members& members, const RunRecord& record) { members.add("submitter", shown_submitter(record.submitter)); }},
    {"submitter_issuer",
     [](Members& members, const RunRecord& record) {
       const auto identity = parse_submitter(record.submitter);
       const bool has_issuer = identity && !identity->issuer.empty();
       members.add("submitter_issuer", has_issuer ? std::optional(identity->issuer) : std::nullopt);
     }},
    {"submitter_kind",
     [](Members& members, const RunRecord& record) {
       const auto identity = parse_submitter(record.submitter);
       members.add("submitter_kind", identity ? std::optional(to_text(identity->kind)) : std::nullopt);
     }},
};

// One function for each declared field.
template <std::size_t index>
void write_field(Members& members, const RunRecord& record) {
  constexpr auto field = std::get<index>(run_fields);
  const auto& value = record.*field.member;
  using Value = std::remove_cvref_t<decltype(value)>;
  if constexpr (field.form == RunFieldForm::time) {
    members.add_time(field.name, value);
  } else if constexpr (std::is_same_v<Value, RunState>) {
    members.add(field.name, to_text(value));
  } else if constexpr (field.form == RunFieldForm::plain) {
    members.add(field.name, value);
  }
}

// The members of a run in the order of their names, as all JSON here.
const SortedMembers<RunRecord>& members_of_run() {
  static const SortedMembers<RunRecord> sorted = []<std::size_t... index>(std::index_sequence<index...>) {
    SortedMembers<RunRecord> members(std::begin(derived_members), std::end(derived_members));
    const auto add = [&](const auto& field, auto write) {
      if (field.form != RunFieldForm::internal) members.push_back({field.name, write});
    };
    (add(std::get<index>(run_fields), write_field<index>), ...);
    std::ranges::sort(members, {}, &Member<RunRecord>::name);
    return members;
  }(std::make_index_sequence<std::tuple_size_v<decltype(run_fields)>>());
  return sorted;
}

}  // namespace

void append_run(std::string& out, const RunRecord& record, const std::optional<std::string>& link_prefix,
                const QueuePositions& queue_positions) {
  constexpr std::string_view links = "links", position = "queue_position";
  Members members(out);
  bool links_are_due = link_prefix.has_value();
  const auto in_queue = queue_positions.find(record.run_id);
  bool position_is_due = in_queue != queue_positions.end();
  for (const auto& member : members_of_run()) {
    if (links_are_due && member.name > links) {
      members.add_raw(links, json_text(run_links(*link_prefix, record.run_id)));
      links_are_due = false;
    }
    if (position_is_due && member.name > position) {
      members.add(position, in_queue->second);
      position_is_due = false;
    }
    member.write(members, record);
  }
  members.end();
}

void append_runs(std::string& out, const std::vector<RunRecord>& records, const QueuePositions& queue_positions) {
  out += '[';
  for (const RunRecord& record : records) {
    if (&record != &records.front()) out += ',';
    append_run(out, record, std::nullopt, queue_positions);
  }
  out += ']';
}

std::string run_json(const RunRecord& record, const std::optional<std::string>& link_prefix,
                     const QueuePositions& queue_positions) {
  std::string out;
  append_run(out, record, link_prefix, queue_positions);
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

HttpError no_run(std::string_view run_id) {
  return HttpError(404, "run_not_found", "there is no run " + std::string(run_id));
}

RunRecord find_run(ApiContext& context, const std::string& run_id) {
  std::vector<RunRecord> records = context.runs.get_many({run_id});
  if (records.empty()) throw no_run(run_id);
  return std::move(records.front());
}

RunRecord require_run(ApiContext& context, const HttpRequest& request) {
  RunRecord record = find_run(context, checked_run_id(request.parameter("run_id")));
  if (!may_read(context, request.principal, record)) throw no_run(record.run_id);
  return record;
}

RunWithConfigs require_run_with_configs(ApiContext& context, const HttpRequest& request, std::string_view run_id,
                                        std::uint64_t bytes_per_effective_byte) {
  const auto read = [&] {
    std::optional<RunRecord> record = context.runs.get(run_id);
    if (!record || !may_read(context, request.principal, *record)) throw no_run(run_id);
    return std::move(*record);
  };
  std::uint64_t needed = 0;
  {
    // How much a record needs is known when it has been read: one at a time is read without memory of its own.
    const std::lock_guard alone(context.unmeasured_reads);
    RunWithConfigs run{.memory = MemoryShare(context.memory), .record = read()};
    needed = 2 * (run.record.config_json.size() + run.record.effective_config_json.size()) +
             bytes_per_effective_byte * run.record.effective_config_json.size();
    if (run.record.config_sha256.empty()) needed += old_text_factor * needed;
    if (run.memory.add(needed)) return run;
  }
  RunWithConfigs run{.memory = require_memory(context, needed), .record = {}};
  run.record = read();
  return run;
}

}  // namespace backtest
