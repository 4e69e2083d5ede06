#include "edge/cli/version.hpp"

#include <fmt/format.h>

namespace backtest {

std::string version_text() {
  return fmt::format("backtest {} ({})\n", BACKTEST_VERSION, BACKTEST_BUILD_TYPE);
}

}  // namespace backtest
