#include "base/run_id.hpp"

#include <algorithm>
#include <string>

namespace backtest {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool valid_run_id(std::string_view text) {
  if (text.empty() || text.size() > 64 || !is_letter_or_digit(text.front())) return false;
  if (!std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; })) return false;
  std::string word(text);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return word != "compare" && word != "validate" && word != "runs";
}

}  // namespace backtest
