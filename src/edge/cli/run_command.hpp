// `backtest run`: one run in this process, from a config file to a directory of artifacts.
#pragma once

#include <optional>
#include <string>

#include "edge/cli/config_file.hpp"
#include "edge/cli/progress_line.hpp"

namespace backtest {

struct RunOptions {
  ConfigSource config;
  std::optional<std::string> run_id;
  std::optional<std::string> output_dir;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  bool json = false;
};

int run_command(const RunOptions& options);

struct ValidateOptions {
  ConfigSource config;
  bool json = false;
};

// `backtest validate`: the config alone; data are not read.
int validate_command(const ValidateOptions& options);

}  // namespace backtest
