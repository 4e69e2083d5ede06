// `backtest run`: one run in this process, from a config file to a directory of artifacts.
#pragma once

#include <optional>
#include <string>

#include "edge/cli/config_file.hpp"
#include "edge/cli/progress_line.hpp"
#include "service/stores.hpp"

namespace backtest {

struct RunOptions {
  ConfigSource config;
  std::optional<std::string> run_id;
  std::optional<std::string> output_dir;
  ProgressStyle progress = ProgressStyle::automatic;
  bool quiet = false;
  bool json = false;
};

// The kinds of stores say where a config with `output.adls_dir` may be uploaded to.
int run_command(const RunOptions& options, const StoreKinds& kinds);

struct ValidateOptions {
  ConfigSource config;
  bool json = false;
};

// `backtest validate`: the config alone; data are not read.
int validate_command(const ValidateOptions& options);

}  // namespace backtest
