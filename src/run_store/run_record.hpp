// A run's record and its states.
//
//   submit -> queued -> running -> completed
//               |  ^       |-----> failed
//               |  '-------|  (release, lost lease: claimable again at once)
//               '----------'-----> cancelled
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

enum class RunState { queued, running, completed, failed, cancelled };
std::string_view to_text(RunState state);
std::optional<RunState> parse_run_state(std::string_view text);
inline bool is_terminal(RunState state) {
  return state != RunState::queued && state != RunState::running;
}

// Index columns of a completed run (W-52), null where undefined.
struct RunNumbers {
  std::optional<double> total_return, annualized_return, annualized_volatility, sharpe_ratio, max_drawdown,
      final_equity;
  std::optional<std::int64_t> trades;
};

// Where a completed run's artifacts are: the only thing that makes them visible.
struct ArtifactPointer {
  std::string prefix;           // attempts/<epoch>-<token>, below the run's own location
  std::string manifest_sha256;  // empty for results of the Python service
  friend bool operator==(const ArtifactPointer&, const ArtifactPointer&) = default;
};

// Times are UTC in microseconds since 1970, by the store's clock.
using StoreTime = std::int64_t;

struct RunRecord {
  std::string run_id;
  RunState state = RunState::queued;
  StoreTime submitted_at = 0;
  std::optional<StoreTime> started_at, completed_at;
  std::optional<std::string> run_name, start_date, end_date;
  std::string output_dir;  // relative to BACKTEST_OUTPUT_DIR (W-73)
  std::optional<std::string> adls_container, adls_prefix;
  std::optional<std::string> error;       // for people, no internals
  std::optional<std::string> error_code;  // stable
  std::string config_json;                // as submitted
  std::string effective_config_json;      // canonical (CFG-20)
  std::string config_sha256;
  std::string submitter;                     // edge's identity.hpp says how callers are written
  int priority = 0;                          // higher first
  std::optional<std::string> strategy;       // what kind of strategy the config asks for; unset for older runs
  std::vector<std::string> tags;             // sorted, each once (run_tags.hpp)
  std::optional<std::string> note;           // for people
  std::int64_t revision = 0;                 // advances with every change of state, and with a cancel request
  int attempts = 0;                          // attempts begun
  int lost_attempts = 0;                     // leases lost
  int failed_attempts = 0;                   // faults of the machine
  std::optional<ArtifactPointer> artifacts;  // completed runs only
  RunNumbers numbers;
  bool cancel_requested = false;
  // Last known progress of the current attempt, or of the last one where the run is over; 0..1
  double progress = 0.0;
  std::optional<std::string> progress_date;
  std::optional<double> progress_nav;  // at its close; a completed run has its final_equity instead
  double bars_per_second = 0.0;
};

}  // namespace backtest
