#include "edge/cli/config_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "spec/override.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse(const ConfigSource& source, const std::string& why) {
  throw InvalidInput(Diagnostic{.file = source.name(), .message = "the config cannot be read: " + why});
}

}  // namespace

std::string read_config_text(const ConfigSource& source) {
  std::ostringstream text;
  if (source.path == "-") {
    text << std::cin.rdbuf();
    if (text.str().empty()) refuse(source, "it is empty");
    return text.str();
  }
  std::error_code unknown;
  if (std::filesystem::is_directory(source.path, unknown)) refuse(source, "it is a directory");
  errno = 0;
  std::ifstream file(source.path, std::ios::binary);
  if (file) text << file.rdbuf();
  if (!file) refuse(source, errno != 0 ? std::strerror(errno) : "it is empty or not a regular file");
  return text.str();
}

Spec read_config(const ConfigSource& source) {
  return parse_spec(read_config_text(source), source.name(), SpecOptions{.strict = source.strict}, source.overrides);
}

}  // namespace backtest
