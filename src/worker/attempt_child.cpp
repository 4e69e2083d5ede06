#include "worker/attempt_child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "base/allowed_file.hpp"
#include "base/assertion.hpp"
#include "base/log_writer.hpp"
#include "execute/execute.hpp"
#include "worker/attempt_job.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_job = 64u << 20;

std::atomic<bool> stop = false;
int protocol = -1;  // what was standard output: lines to the worker, nothing else

// Reads standard input up to the end of its first line; empty when the pipe ended before it.
std::string read_job_line() {
  std::string line;
  char buffer[65536];
  while (line.size() < longest_job) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return {};
    line.append(buffer, static_cast<std::size_t>(got));
    if (line.back() == '\n') return line;
  }
  return {};
}

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
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t put = write(protocol, line.data() + written, line.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) _exit(1);
    written += static_cast<std::size_t>(put);
  }
}

void limit_process(const AttemptJob& job) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (job.memory_limit_bytes > 0) {
    // Private writable memory; read-only maps of cached panels do not count.
    const rlimit data{job.memory_limit_bytes, job.memory_limit_bytes};
    setrlimit(RLIMIT_DATA, &data);
  }
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

AttemptOutcome execute_job(const AttemptJob& job) {
  const Spec spec = parse_spec(job.config_json, "", SpecOptions{.warn_without_effect = false});
  ExecuteRequest request;
  // By its descriptor: where the output directory is renamed away meanwhile, nothing makes another one in its place.
  const int place = open(job.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (place < 0) throw std::system_error(errno, std::generic_category(), "open the attempt's directory");
  request.report = {
      .run_id = job.run_id, .directory = "/proc/self/fd/" + std::to_string(place), .submitted_at = job.submitted_at};
  request.load.panel_cache = job.panel_cache;
  request.load.open_file = [&](const std::string& path) { return open_allowed(path, job.allowed_data_dirs); };
  request.stop_requested = [] { return stop.load(std::memory_order_relaxed); };
  request.on_progress = [](const Progress& at) {
    if (at.phase != Phase::simulating || at.bars_total == 0) return;
    answer(ChildProgress{.fraction = static_cast<double>(at.bars_done) / static_cast<double>(at.bars_total),
                         .date = at.date ? to_text(*at.date) : "",
                         .bars_per_second = at.bars_per_second});
  };
  const ExecuteResult result = execute_run(spec, request);
  return {.kind = OutcomeKind::completed, .message = "", .numbers = numbers_of(result.summary)};
}

// The machine lacks what any run would need.
bool is_shortage(const std::error_code& code) {
  for (const std::errc shortage :
       {std::errc::no_space_on_device, std::errc::read_only_file_system, std::errc::too_many_files_open,
        std::errc::too_many_files_open_in_system, std::errc::resource_unavailable_try_again}) {
    if (code == shortage) return true;
  }
  return code == std::error_code(EDQUOT, std::generic_category());
}

AttemptOutcome outcome_of(const AttemptJob& job) {
  try {
    return execute_job(job);
  } catch (const InvalidInput& error) {
    return {.kind = OutcomeKind::invalid_input, .message = error.what(), .numbers = {}};
  } catch (const Interrupted&) {
    return {.kind = OutcomeKind::stopped, .message = "", .numbers = {}};
  } catch (const std::bad_alloc&) {
    return {.kind = OutcomeKind::out_of_memory, .message = "the run needs more memory than it may use", .numbers = {}};
  } catch (const std::system_error& error) {  // those of std::filesystem too
    return {.kind = is_shortage(error.code()) ? OutcomeKind::machine_unfit : OutcomeKind::machine_fault,
            .message = error.what(),
            .numbers = {}};
  } catch (const std::exception& error) {
    return {.kind = OutcomeKind::run_failed, .message = error.what(), .numbers = {}};
  }
}

}  // namespace

int attempt_child() {
  // Whatever prints to standard output from here on would be read as a word to the worker: it goes to standard error,
  // and the protocol has the pipe for itself.
  protocol = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (protocol < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 2;
  const auto job = decode_job(read_job_line());
  if (!job) return 2;
  limit_process(*job);
  try {
    std::thread(watch_worker).detach();
    const LogWriter log;
    answer(outcome_of(*job));
  } catch (const std::system_error& error) {  // no thread to be had
    answer(AttemptOutcome{.kind = OutcomeKind::machine_unfit, .message = error.what(), .numbers = {}});
  }
  _exit(0);  // the watcher still reads: no destructor may wait for it
}

}  // namespace backtest
