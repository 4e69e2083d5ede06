#include "base/dataset_reference.hpp"

#include <algorithm>

#include "base/hex_text.hpp"

namespace backtest {

namespace {

constexpr std::string_view prefix = "dataset:";
constexpr std::size_t longest_name = 64;
constexpr std::size_t version_digits = 16;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string DatasetReference::text() const {
  return std::string(prefix) + name + (version.empty() ? "" : "@" + version);
}

bool names_dataset(std::string_view path) {
  return path.starts_with(prefix);
}

bool valid_dataset_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && is_letter_or_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

bool valid_dataset_version(std::string_view version) {
  return version.size() == version_digits && is_hex_text(version);
}

std::string dataset_version(std::string_view sha256) {
  return std::string(sha256.substr(0, version_digits));
}

std::optional<DatasetReference> parse_dataset(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  if (!valid_dataset_name(name)) return std::nullopt;
  if (at == std::string_view::npos) return DatasetReference{.name = std::string(name), .version = {}};
  const std::string_view version = text.substr(at + 1);
  if (!valid_dataset_version(version)) return std::nullopt;
  return DatasetReference{.name = std::string(name), .version = std::string(version)};
}

std::optional<DatasetReference> parse_dataset_path(std::string_view path) {
  return names_dataset(path) ? parse_dataset(path.substr(prefix.size())) : std::nullopt;
}

}  // namespace backtest
