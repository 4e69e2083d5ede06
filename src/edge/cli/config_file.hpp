// A config of the command line, read and parsed: a file, or `-` for standard input.
#pragma once

#include <string>
#include <vector>

#include "spec/spec.hpp"

namespace backtest {

struct ConfigSource {
  std::string path;                    // `-`: standard input
  std::vector<std::string> overrides;  // --set PATH=VALUE
  bool strict = true;

  std::string name() const { return path == "-" ? "standard input" : path; }  // in messages
};

// Throws InvalidInput when it cannot be read.
std::string read_config_text(const ConfigSource& source);
// Throws InvalidInput.
Spec read_config(const ConfigSource& source);

}  // namespace backtest
