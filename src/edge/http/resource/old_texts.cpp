#include "edge/http/resource/old_texts.hpp"

#include <boost/json/object.hpp>
#include <cctype>

#include "base/json.hpp"
#include "base/strict_json.hpp"

namespace backtest {

namespace {

// The end of a string that begins at `at`, past its closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

std::string with_null_for_no_numbers(std::string_view text) {
  static constexpr std::string_view no_numbers[] = {"NaN", "-Infinity", "Infinity"};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = at + 1;
    bool is_no_number = false;
    if (text[at] == '"') {
      next = end_of_string(text, at);
    } else {
      for (const std::string_view word : no_numbers) {
        if (!text.substr(at).starts_with(word)) continue;
        next = at + word.size();
        is_no_number = true;
        break;
      }
    }
    out.append(is_no_number ? std::string_view("null") : text.substr(at, next - at));
    at = next;
  }
  return out;
}

}  // namespace

std::string old_config_json(std::string_view text) {
  if (text.empty()) return "null";
  auto value = parse_strict_json(with_null_for_no_numbers(text));
  if (!value) return json_text(json::value(text));
  if (value->is_object()) {
    json::value* output = value->get_object().if_contains("output");
    json::value* directory =
        output != nullptr && output->is_object() ? output->get_object().if_contains("local_dir") : nullptr;
    if (directory != nullptr && directory->is_string() && directory->get_string().starts_with('/'))
      *directory = nullptr;
  }
  return json_text(*value);
}

std::string without_directories(std::string_view text) {
  const auto may_precede = [](char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\'' || c == '"' || c == '(' || c == '=' ||
           c == ':';
  };
  const auto may_belong = [](char c) {
    return std::isspace(static_cast<unsigned char>(c)) == 0 && c != '\'' && c != '"' && c != ')' && c != ':' &&
           c != ',';
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '/' || (at > 0 && !may_precede(text[at - 1])) || text.substr(at, 2) == "//") {
      out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && may_belong(text[end])) ++end;
    const std::string_view path = text.substr(at, end - at);
    out.append(path.substr(path.rfind('/') + 1));
    at = end;
  }
  return out;
}

}  // namespace backtest
