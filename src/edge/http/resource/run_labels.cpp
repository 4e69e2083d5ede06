#include "edge/http/resource/run_labels.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "base/utf8_text.hpp"
#include "edge/http/message/problem.hpp"

namespace backtest {

void require_json(const HttpRequest& request) {
  const std::string_view type = request.header("Content-Type").value_or("");
  const std::string media_type = lower_case(trimmed(type.substr(0, type.find(';'))));
  if (media_type != "application/json" && !media_type.ends_with("+json")) {
    throw HttpError(415, "unsupported_media_type", "the body must be sent as application/json");
  }
}

std::optional<std::string> label_field(const json::object& body, std::string_view name, std::size_t most_characters) {
  const json::value* field = body.if_contains(name);
  if (field == nullptr || field->is_null()) return std::nullopt;
  if (!field->is_string()) throw invalid_parameter(std::string(name), "must be text");
  const std::string text(trimmed(field->get_string()));
  if (character_count(text) > most_characters) {
    throw invalid_parameter(std::string(name), "must have at most " + std::to_string(most_characters) + " characters");
  }
  const auto may_be = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t' || c == '\r';
  };
  if (!std::ranges::all_of(text, may_be)) throw invalid_parameter(std::string(name), "has control characters");
  return text.empty() ? std::nullopt : std::optional(text);
}

std::vector<std::string> tags_field(const json::object& body, std::string_view name) {
  const json::value* field = body.if_contains(name);
  if (field == nullptr || field->is_null()) return {};
  if (!field->is_array()) throw invalid_parameter(std::string(name), "must be a list of texts");
  std::vector<std::string> tags;
  for (const json::value& tag : field->get_array()) {
    if (!tag.is_string()) throw invalid_parameter(std::string(name), "must be a list of texts");
    tags.emplace_back(tag.get_string());
  }
  auto checked = checked_tags(std::move(tags));
  if (!checked) throw invalid_parameter(std::string(name), "are wrong: " + checked.error());
  return std::move(*checked);
}

}  // namespace backtest
