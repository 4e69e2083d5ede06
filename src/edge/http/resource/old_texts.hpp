// Texts of runs that the Python service left, as answers may show them. Its encoder wrote NaN and Infinity, which no
// JSON parser has to take, and its texts name directories of its machine.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

// Valid JSON whatever the text is: NaN and infinite numbers are null, an absolute output.local_dir is null, and what is
// still no JSON is a JSON string. Empty = null.
std::string old_config_json(std::string_view text);

// "/app/data/x.csv: no such file" -> "x.csv: no such file".
std::string without_directories(std::string_view text);

}  // namespace backtest
