// `backtest run`: one run in this process, from a config file to a directory of artifacts.
#pragma once

#include <optional>
#include <string>

#include "edge/cli/progress_line.hpp"

namespace backtest {

struct RunOptions {
  std::string config;
  std::optional<std::string> run_id;
  std::optional<std::string> output_dir;
  bool strict = true;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  bool json = false;
};

int run_command(const RunOptions& options);

struct ValidateOptions {
  std::string config;
  bool strict = true;
  bool json = false;
};

// `backtest validate`: the config alone; data are not read.
int validate_command(const ValidateOptions& options);

}  // namespace backtest
