// JSON values and their one written form. Values are boost::json's; writing is ours, because results must be equal
// to the byte: keys sorted by code point, numbers in NUM-8's form, NaN and infinities as null, non-ASCII as \uXXXX.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace backtest {

namespace json = boost::json;

enum class JsonLayout {
  compact,   // no white space
  indented,  // two spaces a level, no trailing newline
};

std::string json_text(const json::value& value, JsonLayout layout = JsonLayout::compact);

// Appends text as a quoted JSON string, ASCII only. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Appends a number in NUM-8's form; NaN and infinities as null.
void append_json_number(std::string& out, double number);

}  // namespace backtest
