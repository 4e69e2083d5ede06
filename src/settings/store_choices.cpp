#include "settings/store_choices.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

std::string names_of(const std::vector<StoreChoice>& choices) {
  std::string text;
  for (const StoreChoice& choice : choices) {
    if (!text.empty()) text += ", ";
    text += choice.name;
    for (const std::string& other : choice.other_names) text += " (or " + other + ")";
  }
  return text;
}

}  // namespace

std::string chosen_store(SettingReader& reader, std::string_view variable, std::string_view fallback,
                         const std::vector<StoreChoice>& choices) {
  // An empty value means the default, as everywhere else (W-91).
  const std::string word = lower_case(reader.text(variable, fallback));
  if (choices.empty()) return word;
  for (const StoreChoice& choice : choices) {
    if (word == choice.name || std::ranges::find(choice.other_names, word) != choice.other_names.end()) {
      return choice.name;
    }
  }
  reader.error(variable, "must be one of the stores of this build: " + names_of(choices));
  return choices.front().name;
}

}  // namespace backtest
