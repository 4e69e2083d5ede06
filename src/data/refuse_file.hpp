// How a file or table that cannot be read is refused.
#pragma once

#include <string>
#include <utility>

#include "base/diagnostic.hpp"

namespace backtest {

// `file` as the user named it. Throws InvalidInput.
[[noreturn]] inline void refuse_file(const std::string& file, std::string why) {
  throw InvalidInput(Diagnostic{.file = file, .message = std::move(why)});
}

}  // namespace backtest
