// summary.json: ART-9's fields, the further metrics beside them, and what identifies the run.
#pragma once

#include "report/artifacts.hpp"

namespace backtest {

// What is wrong or noteworthy about a run: config and data, undefined numbers, an optimistic fill policy.
std::vector<std::string> all_warnings(const RunView& run);

// The numbers alone, as result_sha256 covers them.
json::object summary_numbers(const RunView& run);

// Numbers and identity; without result_sha256, which the caller adds.
json::object summary_json(const RunView& run, const json::object& numbers);

}  // namespace backtest
