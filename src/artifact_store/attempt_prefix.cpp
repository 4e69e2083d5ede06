#include "artifact_store/attempt_prefix.hpp"

#include <algorithm>
#include <charconv>

namespace backtest {

namespace {

bool is_letter_or_digit(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string attempt_prefix(std::int64_t epoch, std::string_view token) {
  return std::string(attempts_directory) + "/" + std::to_string(epoch) + "-" + std::string(token);
}

bool valid_attempt_prefix(std::string_view prefix) {
  if (!prefix.starts_with(attempts_directory) || prefix.substr(attempts_directory.size(), 1) != "/") return false;
  const std::string_view name = prefix.substr(attempts_directory.size() + 1);
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size()) return false;
  return name.substr(0, dash).find_first_not_of("0123456789") == std::string_view::npos &&
         std::ranges::all_of(name.substr(dash + 1), is_letter_or_digit);
}

std::int64_t epoch_of_attempt(std::string_view prefix) {
  prefix.remove_prefix(prefix.find('/') + 1);
  std::int64_t epoch = 0;
  std::from_chars(prefix.data(), prefix.data() + prefix.size(), epoch);
  return epoch;
}

}  // namespace backtest
