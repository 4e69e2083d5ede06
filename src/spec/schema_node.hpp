// What a config may hold, as data: recorded from the decoder itself, so that documentation cannot drift from it.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "spec/range.hpp"

namespace backtest {

enum class SchemaKind {
  any,
  flag,
  number,
  integer,
  text,
  date,
  choice,      // a word of `allowed`
  text_list,   // or a word of `allowed`
  number_map,  // any name: number
  text_map,    // any name: text
  map,         // with `fields`
  map_list,    // of maps with `fields`
  variant,     // the key whose word says which of `alternatives` has its fields beside it
  component,   // `class` says which of `alternatives` has its fields under `parameters`
  reference,   // the map that `target` names: scoring, leg_strategy or sizing
  one_of,      // a value in the form of one of `alternatives`
};

struct SchemaNode {
  std::string name;
  SchemaKind kind = SchemaKind::any;
  std::string description;
  Range range;
  bool required = false;
  bool is_nullable = false;
  bool has_no_effect = false;
  json::value standard;  // the default; null where there is none
  std::string target;
  std::vector<std::string> allowed;
  std::vector<std::string> other_names;  // older spellings of the key
  std::vector<SchemaNode> fields;
  std::vector<SchemaNode> alternatives;
};

}  // namespace backtest
