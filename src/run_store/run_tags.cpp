#include "run_store/run_tags.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "base/json.hpp"
#include "base/strict_json.hpp"
#include "base/utf8_text.hpp"

namespace backtest {

namespace {

// A comma is refused, because command lines and addresses separate tags by it.
bool may_be_in_a_tag(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != ',' && c != 0x7F;
}

}  // namespace

std::expected<std::vector<std::string>, std::string> checked_tags(std::vector<std::string> tags) {
  for (std::string& tag : tags) {
    tag = std::string(trimmed(tag));
    if (tag.empty()) return std::unexpected("a tag must not be empty");
    if (character_count(tag) > longest_tag) {
      return std::unexpected("a tag has at most " + std::to_string(longest_tag) + " characters");
    }
    if (!std::ranges::all_of(tag, may_be_in_a_tag)) {
      return std::unexpected("a tag has neither commas nor control characters");
    }
  }
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  if (tags.size() > most_tags) return std::unexpected("a run has at most " + std::to_string(most_tags) + " tags");
  return tags;
}

std::optional<std::string> tags_text(const std::vector<std::string>& tags) {
  if (tags.empty()) return std::nullopt;
  json::array array;
  for (const std::string& tag : tags) array.emplace_back(tag);
  return json_text(array);
}

std::vector<std::string> tags_of(const std::optional<std::string>& text) {
  std::vector<std::string> tags;
  if (!text) return tags;
  const auto value = parse_strict_json(*text);
  if (!value || !value->is_array()) return tags;
  for (const json::value& tag : value->get_array()) {
    if (tag.is_string()) tags.emplace_back(tag.get_string());
  }
  return tags;
}

}  // namespace backtest
