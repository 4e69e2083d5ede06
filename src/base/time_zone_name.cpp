#include "base/time_zone_name.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

// Nothing that leads out of the database: no dot, no leading slash.
bool names_a_file_below(std::string_view name) {
  constexpr std::size_t longest = 64;
  const auto is_allowed = [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '/' || c == '_' || c == '-' ||
           c == '+';
  };
  return name.size() <= longest && !name.starts_with('/') && std::ranges::all_of(name, is_allowed);
}

}  // namespace

std::optional<std::int64_t> fixed_offset_s(std::string_view name) {
  constexpr std::array<std::string_view, 5> of_utc = {"", "UTC", "Etc/UTC", "GMT", "Z"};
  if (std::ranges::find(of_utc, name) != of_utc.end()) return 0;
  const bool is_offset = name.size() == 6 && (name[0] == '+' || name[0] == '-') && is_digit(name[1]) &&
                         is_digit(name[2]) && name[3] == ':' && is_digit(name[4]) && is_digit(name[5]);
  if (!is_offset) return std::nullopt;
  const auto two_digits = [&](std::size_t at) { return (name[at] - '0') * 10 + name[at + 1] - '0'; };
  return (name[0] == '-' ? -60 : 60) * (two_digits(1) * 60 + two_digits(4));
}

bool may_be_time_zone(const std::string& name, std::string_view database) {
  if (fixed_offset_s(name)) return true;
  if (!names_a_file_below(name)) return false;
  std::error_code fault;
  if (!std::filesystem::is_directory(database, fault)) return true;
  std::ifstream file(std::filesystem::path(database) / name, std::ios::binary);
  std::array<char, 4> begin{};
  file.read(begin.data(), begin.size());
  return file.good() && std::string_view(begin.data(), begin.size()) == "TZif";
}

std::string unknown_time_zone(const std::string& name) {
  return "'" + name +
         "' is no time zone that this system knows; use a name like Europe/Paris, an offset like +09:00, or UTC";
}

}  // namespace backtest
