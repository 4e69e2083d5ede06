// The text of openapi.json, which the build puts into the binary.
#pragma once

#include <string_view>

namespace backtest {

std::string_view openapi_document();

}  // namespace backtest
