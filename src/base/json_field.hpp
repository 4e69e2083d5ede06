// Reading a field of a JSON object that may lack it or hold something else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace backtest {

std::optional<double> number_field(const json::object& object, std::string_view key);
std::string text_field(const json::object& object, std::string_view key);  // empty where there is no text
bool flag_field(const json::object& object, std::string_view key);         // false where there is no flag

}  // namespace backtest
