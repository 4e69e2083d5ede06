#include "worker/attempt_job.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>
#include <cerrno>

#include "base/json.hpp"
#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "run_store/run_fields.hpp"
#include "worker/storage_json.hpp"

namespace backtest {

namespace {

constexpr std::array<std::pair<OutcomeKind, std::string_view>, 12> outcome_names{{
    {OutcomeKind::completed, "completed"},
    {OutcomeKind::invalid_input, "invalid_input"},
    {OutcomeKind::run_failed, "run_failed"},
    {OutcomeKind::machine_fault, "machine_fault"},
    {OutcomeKind::source_unavailable, "source_unavailable"},
    {OutcomeKind::machine_unfit, "machine_unfit"},
    {OutcomeKind::disk_full, "disk_full"},
    {OutcomeKind::out_of_memory, "out_of_memory"},
    {OutcomeKind::stopped, "stopped"},
    {OutcomeKind::too_large, "too_large"},
    {OutcomeKind::forbidden, "forbidden"},
    {OutcomeKind::out_of_time, "out_of_time"},
}};

std::optional<json::object> parse_object(std::string_view line) {
  auto value = parse_strict_json(line);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

// 0 where it is missing.
std::uint64_t count_field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const auto bytes = value != nullptr && value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
  return error ? 0 : bytes;
}

json::array texts_array(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::vector<std::string> texts_field(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* array = object.if_contains(name);
  if (array == nullptr || !array->is_array()) return texts;
  for (const json::value& text : array->get_array()) {
    if (text.is_string()) texts.emplace_back(text.get_string());
  }
  return texts;
}

json::object access_object(const DataAccess& access) {
  json::object object;
  if (access.sql) {
    json::object sql{{"dsn", access.sql->dsn.reveal()}, {"statement_timeout_s", access.sql->statement_timeout.count()}};
    if (access.sql->allowed_tables) sql["allowed_tables"] = texts_array(*access.sql->allowed_tables);
    object["sql"] = std::move(sql);
  }
  object["storage"] = storage_object(access.storage);
  json::array datasets;
  for (const DatasetPlace& dataset : access.datasets) {
    datasets.push_back(json::object{{"path", dataset.path}, {"place", dataset.place}, {"sha256", dataset.sha256}});
  }
  object["datasets"] = std::move(datasets);
  return object;
}

DataAccess access_of(const json::object& object) {
  DataAccess access;
  if (const json::value* sql = object.if_contains("sql"); sql != nullptr && sql->is_object()) {
    const json::object& given = sql->get_object();
    access.sql = {.dsn = Secret(text_field(given, "dsn")),
                  .allowed_tables = std::nullopt,
                  .statement_timeout = std::chrono::seconds(count_field(given, "statement_timeout_s"))};
    if (given.contains("allowed_tables")) access.sql->allowed_tables = texts_field(given, "allowed_tables");
  }
  if (const json::value* storage = object.if_contains("storage"); storage != nullptr && storage->is_object()) {
    access.storage = storage_of(storage->get_object());
  }
  if (const json::value* datasets = object.if_contains("datasets"); datasets != nullptr && datasets->is_array()) {
    for (const json::value& dataset : datasets->get_array()) {
      if (!dataset.is_object()) continue;
      const json::object& given = dataset.get_object();
      access.datasets.push_back({.path = text_field(given, "path"),
                                 .place = text_field(given, "place"),
                                 .sha256 = text_field(given, "sha256")});
    }
  }
  return access;
}

json::object outcome_object(const AttemptOutcome& outcome) {
  json::object object;
  for (const auto& [kind, name] : outcome_names) {
    if (kind == outcome.kind) object["outcome"] = name;
  }
  object["message"] = outcome.message;
  if (!outcome.advice.empty()) object["advice"] = outcome.advice;
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
  outcome.advice = text_field(object, "advice");
  outcome.numbers = run_numbers_of(object);
  return outcome;
}

}  // namespace

bool is_disk_full(const std::error_code& code) {
  return code == std::errc::no_space_on_device || code == std::error_code(EDQUOT, std::generic_category());
}

std::string encode(const AttemptJob& job) {
  json::object object;
  object["run_id"] = job.run_id;
  object["config_json"] = job.config_json;
  object["directory"] = job.directory.string();
  object["submitted_at"] = job.submitted_at;
  object["allowed_data_dirs"] = texts_array(job.allowed_data_dirs);
  object["access"] = access_object(job.access);
  object["is_panel_handed_over"] = job.is_panel_handed_over;
  if (job.panel_cache) {
    object["panel_cache"] = {{"directory", job.panel_cache->directory.string()},
                             {"limit_bytes", job.panel_cache->limit_bytes},
                             {"min_free_bytes", job.panel_cache->min_free_bytes}};
  }
  object["memory_limit_bytes"] = job.memory_limit_bytes;
  object["artifact_limit_bytes"] = job.artifact_limit_bytes;
  object["processor_limit_s"] = job.processor_limit_s;
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
  job.allowed_data_dirs = texts_field(*object, "allowed_data_dirs");
  if (const json::value* access = object->if_contains("access"); access != nullptr && access->is_object()) {
    job.access = access_of(access->get_object());
  }
  const json::value* handed_over = object->if_contains("is_panel_handed_over");
  job.is_panel_handed_over = handed_over != nullptr && handed_over->is_bool() && handed_over->get_bool();
  if (const json::value* cache = object->if_contains("panel_cache"); cache != nullptr && cache->is_object()) {
    const json::object& place = cache->get_object();
    job.panel_cache = {.directory = text_field(place, "directory"),
                       .limit_bytes = count_field(place, "limit_bytes"),
                       .min_free_bytes = count_field(place, "min_free_bytes")};
  }
  job.memory_limit_bytes = count_field(*object, "memory_limit_bytes");
  job.artifact_limit_bytes = count_field(*object, "artifact_limit_bytes");
  job.processor_limit_s = count_field(*object, "processor_limit_s");
  return job;
}

std::string encode(const ChildMessage& message) {
  if (const auto* outcome = std::get_if<AttemptOutcome>(&message)) return json_text(outcome_object(*outcome)) + "\n";
  const auto& progress = std::get<ChildProgress>(message);
  json::object object;
  object["fraction"] = progress.fraction;
  object["date"] = progress.date;
  object["bars_per_second"] = progress.bars_per_second;
  if (progress.nav) object["nav"] = *progress.nav;
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
                                    .bars_per_second = number_field(*object, "bars_per_second").value_or(0.0),
                                    .nav = number_field(*object, "nav")});
}

}  // namespace backtest
