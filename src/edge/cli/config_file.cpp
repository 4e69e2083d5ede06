#include "edge/cli/config_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace backtest {

Spec read_config_file(const std::string& path, bool strict) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) {
    throw InvalidInput(Diagnostic{.file = path, .message = "the config cannot be read: it is a directory"});
  }
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
