// summary.json: ART-9's fields, the further metrics beside them, and what identifies the run.
#pragma once

#include "report/artifacts.hpp"

namespace backtest {

// What is wrong or noteworthy about a run, the important first: config and data, an optimistic fill policy, limits that
// changed the targets, orders that found no price, undefined numbers.
std::vector<Diagnostic> all_warnings(const RunView& run);

// The numbers alone, as result_sha256 covers them.
json::object summary_numbers(const RunView& run);

// Numbers and identity; without result_sha256, which the caller adds.
json::object summary_json(const RunView& run, const json::object& numbers, const std::vector<Diagnostic>& warnings);

}  // namespace backtest
