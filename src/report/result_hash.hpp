// result_sha256 (ART-21): trades, daily metrics, positions and the summary's numbers; no id, time or path.
#pragma once

#include <string>

#include "report/artifacts.hpp"

namespace backtest {

std::string result_hash(const RunView& run, const json::object& summary_numbers);

}  // namespace backtest
