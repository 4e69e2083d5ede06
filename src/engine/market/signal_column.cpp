#include "engine/market/signal_column.hpp"

#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace backtest {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (lower(a[k]) != lower(b[k])) return false;
  }
  return true;
}

}  // namespace

std::optional<std::size_t> find_signal_column(const SignalPanel& signals, std::string_view name) {
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < signals.columns.size(); ++k) {
    if (signals.columns[k] == name) return k;
    if (equal_without_case(signals.columns[k], name)) found = k;
  }
  return found;
}

std::size_t require_signal_column(const SignalPanel& signals, std::string_view name) {
  if (const auto column = find_signal_column(signals, name)) return *column;
  const std::vector<std::string_view> columns(signals.columns.begin(), signals.columns.end());
  Diagnostic diagnostic;
  diagnostic.file = signals.file;
  diagnostic.column = std::string(name);
  diagnostic.message = "the signal table has no column '" + std::string(name) + "', which the strategy reads";
  if (const auto near = nearest_word(name, columns); !near.empty()) {
    diagnostic.message += "; did you mean '" + std::string(near) + "'?";
  }
  throw InvalidInput(diagnostic);
}

}  // namespace backtest
