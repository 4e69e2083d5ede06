#include "artifact_store/adls/published_manifest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "artifact_store/attempt_prefix.hpp"
#include "artifact_store/manifest.hpp"
#include "base/json.hpp"

namespace backtest {

namespace {

constexpr const char* attempt_member = "attempt";

// Of our own manifests, which have every member.
json::object parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) throw std::runtime_error(std::string(manifest_name) + " is no JSON object");
  return std::move(value.get_object());
}

void point_files_below(json::object& manifest, const std::string& directory) {
  for (json::value& file : manifest.at("files").as_array()) {
    json::object& members = file.as_object();
    members["remote_path"] = directory + "/" + std::string(members.at("name").as_string());
  }
}

// The attempt that a manifest was published for; nullopt where it is the Python service's, or none at all.
std::optional<std::string> attempt_of(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::value* attempt = !error && value.is_object() ? value.get_object().if_contains(attempt_member) : nullptr;
  if (attempt == nullptr || !attempt->is_string()) return std::nullopt;
  const std::string prefix(attempt->get_string());
  return valid_attempt_prefix(prefix) ? std::optional(prefix) : std::nullopt;
}

}  // namespace

std::string manifest_of_attempt(std::string_view manifest, const std::string& container,
                                const std::string& run_prefix) {
  json::object members = parsed(manifest);
  members["container"] = container;
  members["prefix"] = run_prefix;
  point_files_below(members, run_prefix);
  return json_text(members, JsonLayout::indented);
}

std::string run_manifest(std::string_view manifest_of_attempt, std::string_view attempt_prefix) {
  json::object members = parsed(manifest_of_attempt);
  members[attempt_member] = std::string(attempt_prefix);
  point_files_below(members, std::string(members.at("prefix").as_string()) + "/" + std::string(attempt_prefix));
  return json_text(members, JsonLayout::indented);
}

bool is_run_manifest(std::string_view text) {
  return attempt_of(text).has_value();
}

void publish_run_manifest(ObjectContainer& container, const std::string& name, const std::string& text,
                          std::string_view attempt_prefix) {
  while (!container.create(name, text)) {
    const auto standing = container.get(name);
    if (!standing) continue;  // taken away in between
    const std::optional<std::string> attempt = attempt_of(standing->bytes);
    if (attempt && epoch_of_attempt(*attempt) > epoch_of_attempt(attempt_prefix)) return;
    if (standing->bytes == text || container.replace(name, text, standing->info.etag)) return;
  }
}

bool publish_first_run_manifest(ObjectContainer& container, const std::string& name, const std::string& text) {
  return container.create(name, text).has_value();
}

void retract_run_manifest(ObjectContainer& container, const std::string& name, std::string_view attempt_prefix) {
  const auto standing = container.get(name);
  if (!standing || attempt_of(standing->bytes) != attempt_prefix) return;
  json::object members = parsed(standing->bytes);
  members["files"] = json::array();
  // Where it was replaced meanwhile, it points elsewhere already.
  (void)container.replace(name, json_text(members, JsonLayout::indented), standing->info.etag);
}

}  // namespace backtest
