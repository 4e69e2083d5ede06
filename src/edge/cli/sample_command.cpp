#include "edge/cli/sample_command.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "edge/cli/exit_status.hpp"
#include "sample/sample.hpp"

namespace backtest {

int sample_command(const std::string& directory) {
  try {
    if (std::filesystem::exists(directory)) {
      fmt::print(stderr, "{}: exists; name a directory that does not\n", directory);
      return exit_invalid_input;
    }
    write_sample(directory);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: the sample cannot be written: {}\n", directory, error.what());
    return exit_run_failed;
  }
  fmt::print("a market and configs in {}; try: cd {} && backtest run momentum.yaml\n", directory, directory);
  return exit_done;
}

}  // namespace backtest
