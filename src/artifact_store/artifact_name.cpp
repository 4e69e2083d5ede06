#include <algorithm>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_name_bytes = 256;

bool valid_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(segment, [](unsigned char c) { return c >= ' ' && c != 0x7F && c != '\\'; });
}

}  // namespace

bool valid_artifact_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name_bytes) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    if (!valid_segment(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace backtest
