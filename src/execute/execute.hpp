// One run: config -> data -> simulation -> artifacts. The command line and the worker's child process both call it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "spec/spec.hpp"

namespace backtest {

enum class Phase { loading, simulating, reporting };

struct Progress {
  Phase phase = Phase::loading;
  std::size_t bars_done = 0;
  std::size_t bars_total = 0;
  std::optional<Date> date;
  double bars_per_second = 0.0;
};

struct ExecuteRequest {
  std::string run_id;
  std::filesystem::path directory;  // exists and is empty; artifacts are written into it, the manifest last
  std::string submitted_at;         // UTC ISO text
  std::function<void(const Progress&)> on_progress;       // at most 20 times a second, and at each change of phase
  std::function<bool()> stop_requested;                   // asked at least every 50 ms while simulating
  std::function<int(const std::string& path)> open_file;  // data access check (SEC-4); unset = open(2)
  std::optional<std::filesystem::path> panel_cache;       // loaded panels shared between runs; unset = none
};

struct Timings {
  double load_s = 0.0;
  double simulate_s = 0.0;
  double report_s = 0.0;
  double total_s = 0.0;
  std::uint64_t peak_rss_bytes = 0;
};

struct ExecuteResult {
  json::object summary;  // summary.json
  std::string result_sha256;
  std::vector<Diagnostic> warnings;
  Timings timings;
};

// Throws InvalidInput where config or data are wrong, Interrupted when stop_requested answered true, and
// std::exception for anything else (the run failed).
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};
ExecuteResult execute_run(const Spec& spec, const ExecuteRequest& request);

}  // namespace backtest
