// `sizing`: a component {class, parameters} (CFG-8, CFG-18, decisions).
#pragma once

#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "spec/fields.hpp"

namespace backtest {

struct SizerContext {
  bool all_symbols = false;
  std::vector<std::string> symbols;  // the universe, for weights by symbol
};

// Returns the class name.
std::string decode_sizer(Fields& fields, SizerPolicy& sizer, const SizerContext& universe);

// `class`, or its older spelling `class_name`, and `module` (without effect). Empty after an error.
std::string decode_class_name(Fields& fields, const std::string& standard, const std::vector<std::string_view>& allowed,
                              std::string_view description);

}  // namespace backtest
