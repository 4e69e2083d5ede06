#include "worker/attempt_job.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include "base/json.hpp"
#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "run_store/run_fields.hpp"

namespace backtest {

namespace {

constexpr std::array<std::pair<OutcomeKind, std::string_view>, 7> outcome_names{{
    {OutcomeKind::completed, "completed"},
    {OutcomeKind::invalid_input, "invalid_input"},
    {OutcomeKind::run_failed, "run_failed"},
    {OutcomeKind::machine_fault, "machine_fault"},
    {OutcomeKind::machine_unfit, "machine_unfit"},
    {OutcomeKind::out_of_memory, "out_of_memory"},
    {OutcomeKind::stopped, "stopped"},
}};

std::optional<json::object> parse_object(std::string_view line) {
  auto value = parse_strict_json(line);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

// 0 where it is missing.
std::uint64_t bytes_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const auto bytes = value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : bytes;
}

json::object outcome_object(const AttemptOutcome& outcome) {
  json::object object;
  for (const auto& [kind, name] : outcome_names) {
    if (kind == outcome.kind) object["outcome"] = name;
  }
  object["message"] = outcome.message;
  for_each_field(run_number_fields, [&](const auto& field) {
    const auto& number = outcome.numbers.*field.member;
    object[field.name] = number ? json::value(*number) : json::value(nullptr);
  });
  return object;
}

RunNumbers run_numbers_of(const json::object& object) {
  RunNumbers numbers;
  for_each_field(run_number_fields, [&]<typename Value>(const RunNumberField<Value>& field) {
    if (const auto number = number_field(object, field.name)) numbers.*field.member = static_cast<Value>(*number);
  });
  return numbers;
}

std::optional<AttemptOutcome> decode_outcome(const json::object& object) {
  AttemptOutcome outcome;
  const std::string name = text_field(object, "outcome");
  bool known = false;
  for (const auto& [kind, kind_name] : outcome_names) {
    if (name == kind_name) {
      outcome.kind = kind;
      known = true;
    }
  }
  if (!known) return std::nullopt;
  outcome.message = text_field(object, "message");
  outcome.numbers = run_numbers_of(object);
  return outcome;
}

}  // namespace

std::string encode(const AttemptJob& job) {
  json::object object;
  object["run_id"] = job.run_id;
  object["config_json"] = job.config_json;
  object["directory"] = job.directory.string();
  object["submitted_at"] = job.submitted_at;
  json::array dirs;
  for (const auto& dir : job.allowed_data_dirs) dirs.emplace_back(dir);
  object["allowed_data_dirs"] = std::move(dirs);
  if (job.panel_cache) {
    object["panel_cache"] = {{"directory", job.panel_cache->directory.string()},
                             {"limit_bytes", job.panel_cache->limit_bytes},
                             {"min_free_bytes", job.panel_cache->min_free_bytes}};
  }
  object["memory_limit_bytes"] = job.memory_limit_bytes;
  return json_text(object) + "\n";
}

std::optional<AttemptJob> decode_job(std::string_view line) {
  const auto object = parse_object(line);
  if (!object) return std::nullopt;
  AttemptJob job;
  job.run_id = text_field(*object, "run_id");
  job.config_json = text_field(*object, "config_json");
  job.directory = text_field(*object, "directory");
  job.submitted_at = text_field(*object, "submitted_at");
  if (job.run_id.empty() || job.directory.empty()) return std::nullopt;
  if (const json::value* dirs = object->if_contains("allowed_data_dirs"); dirs != nullptr && dirs->is_array()) {
    for (const json::value& dir : dirs->get_array()) {
      if (dir.is_string()) job.allowed_data_dirs.emplace_back(std::string(dir.get_string()));
    }
  }
  if (const json::value* cache = object->if_contains("panel_cache"); cache != nullptr && cache->is_object()) {
    const json::object& place = cache->get_object();
    job.panel_cache = {.directory = text_field(place, "directory"),
                       .limit_bytes = bytes_field(place, "limit_bytes"),
                       .min_free_bytes = bytes_field(place, "min_free_bytes")};
  }
  job.memory_limit_bytes = bytes_field(*object, "memory_limit_bytes");
  return job;
}

std::string encode(const ChildMessage& message) {
  if (const auto* outcome = std::get_if<AttemptOutcome>(&message)) return json_text(outcome_object(*outcome)) + "\n";
  const auto& progress = std::get<ChildProgress>(message);
  json::object object;
  object["fraction"] = progress.fraction;
  object["date"] = progress.date;
  object["bars_per_second"] = progress.bars_per_second;
  return json_text(object) + "\n";
}

std::optional<ChildMessage> decode_message(std::string_view line) {
  const auto object = parse_object(line);
  if (!object) return std::nullopt;
  if (object->contains("outcome")) {
    if (auto outcome = decode_outcome(*object)) return ChildMessage(std::move(*outcome));
    return std::nullopt;
  }
  const auto fraction = number_field(*object, "fraction");
  if (!fraction) return std::nullopt;
  return ChildMessage(ChildProgress{.fraction = *fraction,
                                    .date = text_field(*object, "date"),
                                    .bars_per_second = number_field(*object, "bars_per_second").value_or(0.0)});
}

}  // namespace backtest
