#include "service/service_settings.hpp"

#include <memory>

#include "base/random_id.hpp"
#include "settings/settings.hpp"

namespace backtest {

WorkerSettings worker_settings(const Settings& settings, const RunStoreKind& kind) {
  WorkerSettings worker;
  worker.worker_id = random_uuid();
  worker.max_concurrent = settings.max_concurrent;
  worker.submitter_running_limit = settings.max_concurrent_per_submitter;
  worker.poll_every = kind.poll_every;
  AttemptSettings& attempt = worker.attempt;
  // The file of this very build, also after an upgrade has put another one in its place.
  attempt.executable = "/proc/self/exe";
  attempt.starter = std::make_shared<Starter>(attempt.executable);
  attempt.lease.duration = settings.lease;
  if (settings.run_timeout.count() > 0) attempt.run_timeout = settings.run_timeout;
  attempt.memory_limit_bytes = static_cast<std::uint64_t>(settings.run_memory_mb) << 20;
  if (settings.allow_local_data) attempt.allowed_data_dirs = settings.allowed_data_dirs;
  attempt.access = data_access(settings);
  attempt.artifact_limit_bytes = static_cast<std::uint64_t>(settings.run_artifacts_mb) << 20;
  if (settings.panel_cache_mb > 0) {
    attempt.panel_cache = {.directory = settings.output_dir / ".panel_cache",
                           .limit_bytes = static_cast<std::uint64_t>(settings.panel_cache_mb) << 20,
                           .min_free_bytes = static_cast<std::uint64_t>(settings.min_free_disk_mb) << 20};
  }
  return worker;
}

DataAccess data_access(const Settings& settings) {
  DataAccess access;
  if (const DataSettings& data = settings.data; !data.postgres_dsn.empty()) {
    access.sql = {.dsn = data.postgres_dsn,
                  .allowed_tables = data.allowed_sql_tables,
                  .statement_timeout = data.postgres_timeout};
  }
  access.storage = settings.storage;
  return access;
}

}  // namespace backtest
