#include "settings/storage_reference.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

bool valid_container(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool valid_path(std::string_view path) {
  if (path.empty()) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return std::ranges::none_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\'; });
}

}  // namespace

std::optional<StorageReference> parse_storage_reference(std::string_view text) {
  text = trimmed(text);
  StorageReference reference;
  if (constexpr std::string_view scheme = "abfss://"; text.starts_with(scheme)) {
    text.remove_prefix(scheme.size());
    const std::size_t slash = text.find('/');
    const std::string_view authority = text.substr(0, slash);
    const std::size_t at = authority.find('@');
    if (slash == std::string_view::npos || at == std::string_view::npos || at + 1 == authority.size()) return {};
    reference.container = authority.substr(0, at);
    reference.account = authority.substr(at + 1);
    text.remove_prefix(slash);
  } else {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return {};
    reference.container = trimmed(text.substr(0, slash));
    text.remove_prefix(slash);
  }
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  reference.path = text;
  if (!valid_container(reference.container) || !valid_path(reference.path)) return {};
  return reference;
}

}  // namespace backtest
