#include "edge/cli/config_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace backtest {

Spec read_config_file(const std::string& path, bool strict) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    const std::string reason = errno != 0 ? std::strerror(errno) : "it is empty or not a regular file";
    throw InvalidInput(Diagnostic{.file = path, .message = "the config cannot be read: " + reason});
  }
  return parse_spec(text.str(), path, SpecOptions{.strict = strict});
}

}  // namespace backtest
