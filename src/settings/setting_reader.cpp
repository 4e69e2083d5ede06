#include "settings/setting_reader.hpp"

#include <charconv>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

std::string SettingReader::text(std::string_view name, std::string_view fallback) {
  read_.emplace(name);
  const auto found = environment_.find(name);
  const std::string_view value = found == environment_.end() ? std::string_view{} : trimmed(found->second);
  return std::string(value.empty() ? fallback : value);
}

std::int64_t SettingReader::integer(std::string_view name, std::int64_t fallback, std::int64_t least,
                                    std::int64_t most) {
  const std::string value = text(name);
  if (value.empty()) return fallback;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
    error(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return fallback;
  }
  return number;
}

bool SettingReader::flag(std::string_view name, bool fallback) {
  const std::string value = text(name);
  if (value.empty()) return fallback;
  const std::optional<bool> parsed = parse_flag(value);
  if (!parsed) error(name, "must be true or false (also 1, t, yes, y, on / 0, f, no, n, off)");
  return parsed.value_or(fallback);
}

std::string SettingReader::absolute_path(std::string_view name, std::string_view fallback) {
  return backtest::absolute_path(text(name, fallback));
}

void SettingReader::error(std::string_view name, std::string rule) {
  Diagnostic diagnostic;
  diagnostic.path = name;
  diagnostic.message = std::move(rule);
  errors_.push_back(std::move(diagnostic));
}

std::vector<std::string> SettingReader::comma_list_of(std::string_view value) {
  return comma_list(value);
}

std::vector<std::string> SettingReader::unknown_variables() const {
  const std::vector<std::string_view> known(read_.begin(), read_.end());
  std::vector<std::string> unknown;
  for (const auto& [name, value] : environment_) {
    // BACKTEST_URL and BACKTEST_TEST_* are read by the client commands and the tests.
    if (!name.starts_with("BACKTEST_") || name == "BACKTEST_URL" || name.starts_with("BACKTEST_TEST_")) continue;
    if (read_.contains(name)) continue;
    const std::string_view meant = nearest_word(name, known);
    unknown.push_back(name + " is not a setting" +
                      (meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?"));
  }
  return unknown;
}

}  // namespace backtest
