#include "base/warning_list.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <utility>

namespace backtest {

namespace {

bool names_or_counts(const std::string& word) {
  const bool has_digit = std::ranges::any_of(word, [](unsigned char c) { return std::isdigit(c) != 0; });
  const bool is_symbol = std::ranges::any_of(word, [](unsigned char c) { return std::isupper(c) != 0; }) &&
                         std::ranges::none_of(word, [](unsigned char c) { return std::islower(c) != 0; });
  return has_digit || is_symbol;
}

// The message without its names and numbers.
std::string shape_of(const std::string& message) {
  std::string shape, word;
  bool in_quotes = false;
  for (const char c : message + " ") {
    if (c == '\'' && (in_quotes || word.empty())) in_quotes = !in_quotes;
    if (in_quotes) continue;
    if (c != ' ') {
      word += c;
      continue;
    }
    shape += (names_or_counts(word) ? "_" : word) + " ";
    word.clear();
  }
  return shape;
}

}  // namespace

std::vector<Diagnostic> by_importance(std::vector<Diagnostic> warnings) {
  std::vector<Diagnostic> ordered;
  ordered.reserve(warnings.size());
  for (const Importance importance : {Importance::high, Importance::normal, Importance::low}) {
    for (Diagnostic& warning : warnings) {
      if (warning.importance == importance) ordered.push_back(std::move(warning));
    }
  }
  return ordered;
}

std::vector<std::string> folded(std::vector<Diagnostic> warnings) {
  struct Kind {
    std::string first;
    std::size_t more = 0;
  };
  std::vector<Kind> kinds;
  std::map<std::string, std::size_t> known;
  for (const Diagnostic& warning : by_importance(std::move(warnings))) {
    const auto [kind, is_new] = known.try_emplace(shape_of(warning.message), kinds.size());
    if (is_new) {
      kinds.push_back({.first = warning.text()});
    } else {
      ++kinds[kind->second].more;
    }
  }
  std::vector<std::string> texts;
  for (const Kind& kind : kinds) {
    texts.push_back(kind.first + (kind.more > 0 ? "; " + std::to_string(kind.more) + " more like this" : ""));
  }
  return texts;
}

}  // namespace backtest
