#include "worker/attempt_child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "arrow_library/arrow_library.hpp"
#include "base/allowed_file.hpp"
#include "base/assertion.hpp"
#include "base/log.hpp"
#include "base/log_writer.hpp"
#include "base/run_heap.hpp"
#include "data/panel_handover.hpp"
#include "data/table_source.hpp"
#include "execute/execute.hpp"
#include "worker/attempt_job.hpp"
#include "worker/child_process.hpp"
#include "worker/child_side.hpp"
#include "worker/confinement.hpp"
#include "worker/descriptor_passing.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_job = 64u << 20;

std::atomic<bool> stop = false;
bool is_file_size_limited = false;  // by this job: the machine may have a limit of its own
int protocol = -1;                  // what was standard output: lines to the worker, nothing else

// The worker writes at most one "stop" after the job. The end of the pipe is the worker's death: nothing that this
// process still does can be published, so it ends at once.
void watch_worker() {
  char buffer[64];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got == 0) _exit(1);
    if (got < 0 && errno != EINTR) _exit(1);
    if (got > 0) stop.store(true);
  }
}

void answer(const ChildMessage& message) {
  const std::string line = encode(message);
  BACKTEST_ASSERT(line.find('\n') == line.size() - 1, "a message to the worker is one line");
  write_or_exit(protocol, line);
}

// A number too large to be one is null, as in summary.json.
std::optional<double> finite_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}

RunNumbers numbers_of(const Summary& summary) {
  RunNumbers numbers;
  numbers.total_return = finite_number(summary.total_return);
  numbers.annualized_return = finite_number(summary.annualized_return);
  numbers.annualized_volatility = finite_number(summary.annualized_volatility);
  numbers.sharpe_ratio = finite_number(summary.sharpe_ratio);
  numbers.max_drawdown = finite_number(summary.max_drawdown);
  numbers.final_equity = finite_number(summary.final_nav);
  numbers.trades = static_cast<std::int64_t>(summary.fill_count);
  return numbers;
}

Spec spec_of(const AttemptJob& job) {
  return parse_spec(job.config_json, "", SpecOptions{.warn_without_effect = false});
}

LoadOptions load_options(const AttemptJob& job) {
  LoadOptions options{
      .open_file = [&job](const std::string& path) { return open_allowed(path, job.allowed_data_dirs); },
      .panel_cache = job.panel_cache,
      .access = job.access,
      .handed_over = std::nullopt};
  if (job.is_panel_handed_over) options.handed_over = handed_descriptor;
  return options;
}

AttemptOutcome load_job(const AttemptJob& job) {
  const FileDescriptor panel(hand_over(load_run(spec_of(job), load_options(job))));
  send_descriptor(handed_descriptor, panel.number());
  return {.kind = OutcomeKind::completed, .message = "", .numbers = {}};
}

AttemptOutcome execute_job(const AttemptJob& job) {
  const Spec spec = spec_of(job);
  ExecuteRequest request;
  // By its descriptor: where the output directory is renamed away meanwhile, nothing makes another one in its place.
  const int place = open(job.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place < 0) throw std::system_error(errno, std::generic_category(), "open the attempt's directory");
  request.report = {
      .run_id = job.run_id, .directory = "/proc/self/fd/" + std::to_string(place), .submitted_at = job.submitted_at};
  request.load = load_options(job);
  request.stop_requested = [] { return stop.load(std::memory_order_relaxed); };
  request.on_progress = [](const Progress& at) {
    if (at.phase != Phase::simulating || at.bars_total == 0) return;
    answer(ChildProgress{.fraction = static_cast<double>(at.bars_done) / static_cast<double>(at.bars_total),
                         .date = at.date ? to_text(*at.date) : "",
                         .bars_per_second = at.bars_per_second,
                         .nav = finite_number(at.nav)});
  };
  const ExecuteResult result = execute_run(spec, request);
  return {.kind = OutcomeKind::completed, .message = "", .numbers = numbers_of(result.summary)};
}

// The machine lacks what any run would need.
OutcomeKind kind_of_fault(const std::error_code& code) {
  if (is_disk_full(code)) return OutcomeKind::disk_full;
  for (const std::errc shortage :
       {std::errc::read_only_file_system, std::errc::too_many_files_open, std::errc::too_many_files_open_in_system,
        std::errc::resource_unavailable_try_again, std::errc::file_too_large}) {
    if (code == shortage) return OutcomeKind::machine_unfit;
  }
  return OutcomeKind::machine_fault;
}

using Work = AttemptOutcome (*)(const AttemptJob& job);

AttemptOutcome outcome_of(const AttemptJob& job, Work work) {
  try {
    return work(job);
  } catch (const SourceUnavailable& error) {
    return {.kind = OutcomeKind::source_unavailable,
            .message = error.what(),
            .advice = error.for_everybody(),
            .numbers = {}};
  } catch (const InvalidInput& error) {
    return {.kind = OutcomeKind::invalid_input, .message = error.what(), .numbers = {}};
  } catch (const Interrupted&) {
    return {.kind = OutcomeKind::stopped, .message = "", .numbers = {}};
  } catch (const std::bad_alloc&) {
    return {.kind = OutcomeKind::out_of_memory, .message = "the run needs more memory than it may use", .numbers = {}};
  } catch (const std::system_error& error) {  // those of std::filesystem too
    // Data that may not be read are the config's fault (InvalidInput): this is a file beyond the run's places, or a
    // disk that takes nothing any more, which the worker looks for.
    if (error.code() == std::errc::permission_denied) {
      return {.kind = OutcomeKind::forbidden, .message = error.what(), .numbers = {}};
    }
    if (error.code() == std::errc::file_too_large && is_file_size_limited) {
      return {.kind = OutcomeKind::too_large, .message = error.what(), .numbers = {}};
    }
    return {.kind = kind_of_fault(error.code()), .message = error.what(), .numbers = {}};
  } catch (const std::exception& error) {
    return {.kind = OutcomeKind::run_failed, .message = error.what(), .numbers = {}};
  }
}

int child(Work work, ChildRole role) {
  protocol = take_standard_output();
  if (protocol < 0) return 2;
  const auto job = decode_job(read_line_of_input(longest_job));
  if (!job) return 2;
  is_file_size_limited = limit_process(*job, role);
  try {
    // Artifacts are Parquet files, and the library's own file is none of those that are kept.
    if (role == ChildRole::simulating) load_arrow_library();
    // Before there is a second thread: what is given up is given up by this one and those that it starts.
    confine(*job, role);
    std::thread(watch_worker).detach();
    const LogWriter log;
    answer(outcome_of(*job, work));
  } catch (const std::system_error& error) {  // no library, or no thread to be had
    answer(AttemptOutcome{.kind = OutcomeKind::machine_unfit, .message = error.what(), .numbers = {}});
  }
  _exit(0);  // the watcher still reads: no destructor may wait for it
}

}  // namespace

int attempt_child() {
  use_run_heap();  // nothing more to do in a copy, whose starter has
  return child(&execute_job, ChildRole::simulating);
}

int loader_child() {
  return child(&load_job, ChildRole::loading);
}

}  // namespace backtest
