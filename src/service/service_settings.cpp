#include "service/service_settings.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "base/random_id.hpp"

namespace backtest {

WorkerSettings worker_settings(const Settings& settings, const RunStoreKind& kind) {
  WorkerSettings worker;
  worker.worker_id = random_uuid();
  worker.max_concurrent = settings.max_concurrent;
  worker.submitter_running_limit = settings.max_concurrent_per_submitter;
  worker.poll_every = kind.poll_every;
  AttemptSettings& attempt = worker.attempt;
  attempt.executable = std::filesystem::read_symlink("/proc/self/exe").string();
  attempt.lease.duration = settings.lease;
  if (settings.run_timeout.count() > 0) attempt.run_timeout = settings.run_timeout;
  attempt.memory_limit_bytes = static_cast<std::uint64_t>(settings.run_memory_mb) << 20;
  if (settings.allow_local_data) attempt.allowed_data_dirs = settings.allowed_data_dirs;
  attempt.artifact_limit_bytes = static_cast<std::uint64_t>(settings.run_artifacts_mb) << 20;
  if (settings.panel_cache_mb > 0) {
    attempt.panel_cache = {.directory = settings.output_dir / ".panel_cache",
                           .limit_bytes = static_cast<std::uint64_t>(settings.panel_cache_mb) << 20,
                           .min_free_bytes = static_cast<std::uint64_t>(settings.min_free_disk_mb) << 20};
  }
  return worker;
}

bool open_run_store(RunStore& runs, const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds longest_pause{5'000};
  constexpr std::chrono::milliseconds look_every{50};
  std::chrono::milliseconds pause{100};
  std::string last_reason;
  for (;;) {
    try {
      runs.open();
      if (!last_reason.empty()) log_info("the run store is open");
      return true;
    } catch (const StoreUnavailable& error) {
      if (last_reason != error.what()) log_error("the run store is not open", {{"reason", error.what()}});
      last_reason = error.what();
    }
    for (auto waited = std::chrono::milliseconds(0); waited < pause; waited += look_every) {
      if (give_up()) return false;
      std::this_thread::sleep_for(look_every);
    }
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace backtest
