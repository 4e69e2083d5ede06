// Values on top of a config, as `--set broker.commission=0.001` gives them: the tree is then as if the file had said
// so, and is decoded as strictly.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "spec/spec.hpp"
#include "spec/tree.hpp"

namespace backtest {

// Each text is PATH=VALUE. PATH is keys joined by dots; a whole number is the place in a list that is there, from 0,
// and a key that holds a dot stands in double quotes (weights."BRK.B"). Maps that lack are made. VALUE is read as YAML
// reads it, lists and maps in flow style included; nothing is null. What is wrong is appended to `errors`, with --set
// as its file; so is a path that is set twice.
void apply_overrides(const std::vector<std::string>& texts, Node& root, std::vector<Diagnostic>& errors);

// As parse_spec() of the text, with the overrides on top of it (parse_spec.cpp).
Spec parse_spec(std::string_view text, std::string_view file, const SpecOptions& options,
                const std::vector<std::string>& overrides);

}  // namespace backtest
