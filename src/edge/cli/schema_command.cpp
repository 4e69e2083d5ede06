#include "edge/cli/schema_command.hpp"

#include <cstdio>
#include <string>

#include "edge/cli/exit_status.hpp"
#include "spec/config_schema.hpp"

namespace backtest {

int schema_command(bool as_markdown) {
  const std::string text = as_markdown ? config_markdown() : config_json_schema() + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  return exit_done;
}

}  // namespace backtest
