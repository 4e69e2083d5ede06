// What a worker tells the child process of an attempt, and what the child answers: one JSON object a line.
//
//   worker -> child, on standard input:  the job, then "stop" when the attempt should end early; the end of the pipe
//                                        means the worker is gone, and the child exits at once.
//   child -> worker, on standard output: progress lines, then one outcome line.
//
// A run whose tables are read over a network has two children, one after the other: the loader, which is told how to
// get in and sends the panel's descriptor over the socket that it was handed, and the attempt's, which is handed the
// panel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "data/panel_cache.hpp"
#include "execute/data_access.hpp"
#include "run_store/run_record.hpp"

namespace backtest {

struct AttemptJob {
  std::string run_id;
  std::string config_json;  // the effective config: what was validated at submission
  std::filesystem::path directory;
  std::string submitted_at;
  std::vector<std::string> allowed_data_dirs;
  std::optional<PanelCachePlace> panel_cache;
  std::uint64_t memory_limit_bytes = 0;    // 0 = none, as of the two below
  std::uint64_t artifact_limit_bytes = 0;  // of all together, so of one file
  std::uint64_t processor_limit_s = 0;     // of each processor
  DataAccess access;                       // for the loader alone, but for the data sets
  bool is_panel_handed_over = false;
};

struct ChildProgress {
  double fraction = 0.0;  // of the bars
  std::string date;
  double bars_per_second = 0.0;
  std::optional<double> nav = {};  // at the close of `date`
};

enum class OutcomeKind {
  completed,
  invalid_input,       // config or data are wrong: never tried again
  run_failed,          // the run itself cannot succeed: never tried again
  machine_fault,       // disk, memory map, process: worth another attempt
  source_unavailable,  // a service that the data come from: worth another attempt
  machine_unfit,       // no descriptors or threads, a read-only disk: nothing of the run's doing
  disk_full,           // perhaps of the run's doing
  out_of_memory,       // beyond BACKTEST_RUN_MEMORY_MB: never tried again
  stopped,             // a stop was asked for
  too_large,           // a file beyond BACKTEST_RUN_ARTIFACTS_MB
  forbidden,           // it tried what no run may do, and was ended: never tried again
  out_of_time,         // beyond its processor time
};

bool is_disk_full(const std::error_code& code);

struct AttemptOutcome {
  OutcomeKind kind = OutcomeKind::machine_fault;
  std::string message;      // for the log, and of invalid_input for everybody; empty for completed
  std::string advice = {};  // of source_unavailable, for everybody: which source, and what to do
  RunNumbers numbers;       // completed only
};

using ChildMessage = std::variant<ChildProgress, AttemptOutcome>;

std::string encode(const AttemptJob& job);  // one line with its end
std::optional<AttemptJob> decode_job(std::string_view line);
std::string encode(const ChildMessage& message);  // one line with its end
std::optional<ChildMessage> decode_message(std::string_view line);

}  // namespace backtest
