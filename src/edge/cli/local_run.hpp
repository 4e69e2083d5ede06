// Runs on this disk: directories as `backtest run` and `backtest fetch` leave them, told like the service tells its
// own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/json.hpp"

namespace backtest {

// Whether the text names a directory with a run's summary; anything else is the id of a run of the service.
bool is_run_directory(const std::string& text);

// The run as a record: run_id, run_name, status (completed), submitted_at, start_date, end_date, directory,
// rules_version and `metrics`. Throws InvalidInput where the directory holds no run that can be read.
json::object local_run(const std::filesystem::path& directory);

// Its resolved config.
json::value local_config(const std::filesystem::path& directory);

// The runs of the directories directly below `base`, newest first, then by id. What is no run is passed by; what cannot
// be read is told on standard error. Throws InvalidInput where `base` is no directory.
json::array local_runs(const std::filesystem::path& base);

}  // namespace backtest
