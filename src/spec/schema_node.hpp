// What a config may hold, as data: recorded from the decoder itself, so that documentation cannot drift from it.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace backtest {

struct SchemaNode {
  std::string name;
  std::string kind;  // flag, number, integer, text, date, choice, list of text, map, list of maps, variant
  std::string description;
  std::string range;  // "> 0", "(0, 1]"
  bool required = false;
  bool is_nullable = false;
  json::value standard;                  // the default; null where there is none
  std::vector<std::string> allowed;      // choices, or names of the alternatives
  std::vector<SchemaNode> fields;        // of a map, or of each map of a list
  std::vector<SchemaNode> alternatives;  // of a variant: name, description and fields
};

}  // namespace backtest
