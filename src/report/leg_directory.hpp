// Where a composite's leg keeps its files.
#pragma once

#include <filesystem>
#include <string>

#include "report/report.hpp"

namespace backtest {

// legs/<safe name> (ART-11): the name trimmed, and every character but ASCII letters, digits, '-' and '_' as '_'. Legs
// whose names become equal get "_2", "_3"; the index after the last leg is `residual`, what belongs to no leg.
std::filesystem::path leg_directory(const ReportRequest& request, std::size_t leg);

}  // namespace backtest
