// The fields of one map of a config, declared once and used three ways: decoded from a tree into typed values, written
// to the resolved config with their defaults, or recorded as documentation (when describing, values are untouched).
//
//   void decode(Fields& fields, BrokerPolicy& broker) {
//     fields.number("commission", broker.commission, at_least(0.0), "fraction of notional");
//   }
//
// Declaring a field takes its key; finish() reports the keys that nobody took. Errors are collected, never thrown.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "spec/schema_node.hpp"
#include "spec/tree.hpp"

namespace backtest {

struct DecodeContext {
  std::string file;
  bool strict = true;
  bool warn_without_effect = true;
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
};

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_is_open = false;
  bool high_is_open = false;

  bool holds(double v) const { return (low_is_open ? v > low : v >= low) && (high_is_open ? v < high : v <= high); }
  std::string text() const;  // empty when everything is allowed
};
inline Range at_least(double low) {
  return {.low = low};
}
inline Range above(double low) {
  return {.low = low, .low_is_open = true};
}
inline Range between(double low, double high) {
  return {.low = low, .high = high};
}
inline Range inside(double low, double high) {
  return {.low = low, .high = high, .low_is_open = true, .high_is_open = true};
}
inline Range above_to(double low, double high) {
  return {.low = low, .high = high, .low_is_open = true};
}

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
  const Node* peek(std::string_view key) const;

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
    if (!describing()) value = choices[chosen].value;
  }

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

  // A known key that changes nothing: accepted with a warning (W-39). With `standard` it stays in the resolved config,
  // as readers of that file expect.
  void without_effect(std::string_view name, std::string_view why, json::value standard = nullptr);
  // Takes a key without reading it.
  void take(std::string_view name);
  void finish();

  void error(std::string_view key, const std::string& message);
  void error_at(const Node* node, const std::string& path, const std::string& message);
  void warn(std::string_view key, const std::string& message);
  std::string path_of(std::string_view key) const;

  json::object* resolved() { return resolved_; }
  SchemaNode* schema() { return schema_; }
  const Node* node() const { return node_; }

 private:
  const Node* value_of(std::string_view name);  // null when absent or null
  SchemaNode& record(std::string_view name, std::string_view kind, std::string_view description);
  std::size_t choose(std::string_view name, std::size_t standard, const std::vector<std::string_view>& names,
                     std::string_view description, bool any_case);
  bool read_number(const Node& node, std::string_view name, Range range, double& value);
  bool read_integer(const Node& node, std::string_view name, Range range, int& value);
  void write(std::string_view name, json::value value);
  const Node* map_of(std::string_view name);
  Diagnostic diagnostic(const Node* node, std::size_t line, std::size_t column, const std::string& path,
                        const std::string& message) const;

  DecodeContext& context_;
  const Node* node_;
  std::string path_;
  json::object* resolved_;
  SchemaNode* schema_;
  std::set<std::string, std::less<>> known_;
};

// "'a', 'b' or 'c'"
std::string alternatives_text(const std::vector<std::string_view>& names);
// ", did you mean 'x'?" or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace backtest
