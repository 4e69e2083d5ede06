// The fields of one map of a config, declared once and used three ways: decoded from a tree into typed values, written
// to the resolved config with their defaults, or recorded as documentation (when describing, values are untouched).
//
//   void decode(Fields& fields, BrokerPolicy& broker) {
//     fields.number("commission", broker.commission, at_least(0.0), "fraction of notional");
//   }
//
// Declaring a field takes its key; finish() reports the keys that nobody took. Errors are collected, never thrown.
//
// Absent and null (CFG-3): an absent key takes its default. Null is the default of text, lists, maps and choices, unset
// for optional values, false for a flag (with a warning), and an error for a number that has a default.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "spec/node_words.hpp"
#include "spec/range.hpp"
#include "spec/schema_node.hpp"
#include "spec/tree.hpp"

namespace backtest {

struct DecodeContext {
  std::string file;
  bool strict = true;
  bool warn_without_effect = true;
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  std::size_t unlisted_errors = 0;  // beyond errors_max

  static constexpr std::size_t errors_max = 1000;
  std::size_t error_count() const { return errors.size() + unlisted_errors; }
  void add_error(Diagnostic diagnostic);
  void add_warning(Diagnostic diagnostic);
};

template <typename Enum>
struct Choice {
  std::string_view name;
  Enum value;
};

class Fields {
 public:
  struct Alternative {
    std::string_view name;
    std::string_view description;
    std::function<void(Fields&)> decode;
  };

  // `node` may be null (an absent section: all defaults).
  Fields(DecodeContext& context, const Node* node, std::string path, json::object* resolved, SchemaNode* schema);

  bool describing() const { return schema_ != nullptr; }
  const std::string& path() const { return path_; }
  DecodeContext& context() { return context_; }
  bool has(std::string_view key) const;  // present and not null
  bool has_null(std::string_view key) const;
  const Node* peek(std::string_view key) const;  // null when absent or null

  // ---- values (field_values.cpp) ----
  void flag(std::string_view name, bool& value, std::string_view description);
  void number(std::string_view name, double& value, Range range, std::string_view description);
  void number(std::string_view name, std::optional<double>& value, Range range, std::string_view description);
  void integer(std::string_view name, int& value, Range range, std::string_view description);
  void integer(std::string_view name, std::optional<int>& value, Range range, std::string_view description);
  void required_number(std::string_view name, double& value, Range range, std::string_view description);
  void required_integer(std::string_view name, int& value, Range range, std::string_view description);
  void text(std::string_view name, std::string& value, std::string_view description);
  void text(std::string_view name, std::optional<std::string>& value, std::string_view description);
  void required_text(std::string_view name, std::string& value, std::string_view description);
  void required_date(std::string_view name, Date& value, std::string_view description);
  void text_list(std::string_view name, std::vector<std::string>& value, std::string_view description,
                 bool required = false);
  void number_map(std::string_view name, std::vector<std::pair<std::string, double>>& value, Range range,
                  std::string_view description);  // required
  // Absent or null: empty, and then not in the resolved config.
  void text_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& value,
                std::string_view description);
  // Unset where absent or null.
  template <typename Enum, std::size_t count>
  void optional_choice(std::string_view name, std::optional<Enum>& value, const Choice<Enum> (&choices)[count],
                       std::string_view description) {
    std::vector<std::string_view> names;
    for (const Choice<Enum>& choice : choices) names.push_back(choice.name);
    const std::optional<std::size_t> chosen = choose_or_unset(name, names, description);
    if (describing()) return;
    if (chosen) value = choices[*chosen].value;
    write(name, chosen ? json_of(names[*chosen]) : json::value(nullptr));
  }

  // Where two names mean the same value, the last one stands in the resolved config.
  template <typename Enum, std::size_t count>
  void choice(std::string_view name, Enum& value, const Choice<Enum> (&choices)[count], std::string_view description,
              bool any_case = false) {
    std::vector<std::string_view> names;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(choices[i].name);
      if (choices[i].value == value) chosen = i;
    }
    chosen = choose(name, chosen, names, description, any_case);
    if (describing()) return;
    value = choices[chosen].value;
    for (const Choice<Enum>& same : choices) {
      if (same.value == value) write(name, json_of(same.name));
    }
  }

  // ---- maps (field_maps.cpp) ----
  // A map below this one. Absent or null: decoded from nothing, so that defaults apply and required keys are missed.
  void section(std::string_view name, std::string_view description, const std::function<void(Fields&)>& decode);
  // Absent or null: not decoded at all.
  void optional_section(std::string_view name, std::string_view description,
                        const std::function<void(Fields&)>& decode);
  void section_list(std::string_view name, std::string_view description, bool required,
                    const std::function<void(Fields&, std::size_t)>& decode);
  // The alternative that `key` names; its fields stand in this same map. `standard` empty: required.
  void variant(std::string_view key, std::string_view standard, std::string_view description,
               const std::vector<Alternative>& alternatives);
  // The alternative that `class` (older: `class_name`) names, its fields under `parameters`; `module` is ignored
  // (CFG-8). `standard` empty: required. Returns the name; empty after an error.
  std::string component(std::string_view standard, std::string_view description,
                        const std::vector<Alternative>& alternatives);

  // A known key that changes nothing: accepted with a warning (W-39). With `standard` it stays in the resolved config,
  // as readers of that file expect.
  void without_effect(std::string_view name, std::string_view why, json::value standard = nullptr);
  // Takes a key without reading it.
  void take(std::string_view name);
  void take_all();  // what the keys mean cannot be judged
  // Said of every unknown key of this map.
  void hint(std::string text) { hint_ = std::move(text); }
  void finish();

  void error(std::string_view key, const std::string& message);
  void error_at(const Node* node, const std::string& path, const std::string& message);
  void warn(std::string_view key, const std::string& message);
  void warn(std::string_view key, Diagnostic warning);  // whose place is set here
  void warn_at(const Node* node, const std::string& path, Diagnostic warning);
  std::string path_of(std::string_view key) const;
  void write(std::string_view name, json::value value);  // to the resolved config
  // Documents a key; only when describing.
  SchemaNode& record(std::string_view name, SchemaKind kind, std::string_view description);

  json::object* resolved() { return resolved_; }
  const Node* node() const { return node_; }

 private:
  const Node* value_of(std::string_view name);  // takes the key; null when absent or null
  std::size_t choose(std::string_view name, std::size_t standard, const std::vector<std::string_view>& names,
                     std::string_view description, bool any_case);
  std::optional<std::size_t> choose_or_unset(std::string_view name, const std::vector<std::string_view>& names,
                                             std::string_view description);
  // False after an error, and where the key is absent.
  bool read_number(std::string_view name, std::string_view kind, Range range, double& value);
  bool read_integer(std::string_view name, Range range, int& value);
  bool number_in_range(const Node& node, const std::string& path, std::string_view kind, Range range, double& value);
  std::string class_name(std::string_view standard, const std::vector<std::string_view>& names);
  const Node* map_of(std::string_view name);
  Diagnostic diagnostic(std::size_t line, std::size_t column, const std::string& path,
                        const std::string& message) const;

  DecodeContext& context_;
  const Node* node_;
  std::string path_;
  json::object* resolved_;
  SchemaNode* schema_;
  std::set<std::string, std::less<>> known_;
  std::string hint_;
};

}  // namespace backtest
