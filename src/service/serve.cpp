#include "service/serve.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/log_writer.hpp"
#include "base/telemetry_text.hpp"
#include "data/panel_cache.hpp"
#include "edge/http/server/http_server.hpp"
#include "service/descriptor_reserve.hpp"
#include "service/garbage_schedule.hpp"
#include "service/ownership.hpp"
#include "service/panel_cache_gauge.hpp"
#include "service/process_signals.hpp"
#include "service/readiness.hpp"
#include "service/secret_reading.hpp"
#include "service/service_settings.hpp"
#include "service/until_answered.hpp"
#include "service/webhook.hpp"
#include "service/worker_telemetry.hpp"
#include "worker/describe_dataset.hpp"

namespace backtest {

namespace {

void append_machine_telemetry(const Readiness& readiness, const PanelCacheGauge& panels, std::string& text) {
  append_telemetry(text, "backtest_disk_short", "gauge", "1 while no run is claimed for want of disk space.",
                   readiness.is_short_of_disk() ? 1 : 0);
  append_telemetry(text, "backtest_panel_cache_bytes", "gauge", "What the cache of loaded panels holds.",
                   static_cast<double>(panels.bytes()));
  append_telemetry(text, "backtest_log_lines_dropped_total", "counter",
                   "Lines of the log that standard error did not take in time.",
                   static_cast<double>(dropped_log_lines()));
}

// `parts` may be read once the process is started: its store open, its artifacts owned, its replicas joined.
HttpHooks hooks_for(Worker& worker, const Readiness& readiness, const PanelCacheGauge& panels,
                    const std::atomic<bool>& is_started, const ReplicaParts& parts) {
  HttpHooks hooks;
  hooks.run_submitted = [&](const std::string&) {
    worker.wake();
    if (is_started.load() && parts.announce) parts.announce();
  };
  hooks.cancel_requested = [&worker](const std::string&) { worker.renew_soon(); };
  hooks.unready = [&]() -> std::optional<std::string> {
    if (auto reason = readiness.reason()) return reason;
    if (!is_started.load()) return "starting";
    if (parts.fault) {
      if (auto fault = parts.fault()) return fault;
    }
    return worker.suspension();
  };
  hooks.telemetry.push_back([&](std::string& text) {
    append_worker_telemetry(worker, text);
    append_machine_telemetry(readiness, panels, text);
    if (is_started.load() && parts.telemetry) parts.telemetry(text);
  });
  hooks.store_telemetry.push_back([&](std::string& text) {
    if (is_started.load() && parts.store_telemetry) parts.store_telemetry(text);
  });
  return hooks;
}

// One at a time, whoever uploads: each may take the memory of a run.
std::function<std::expected<json::object, std::string>(int, const std::string&)> describer(
    const Settings& settings, const std::atomic<bool>& is_stopping) {
  DescribeLimits limits{.memory_bytes = static_cast<std::uint64_t>(settings.run_memory_mb) << 20};
  limits.is_stopping = [&is_stopping] { return is_stopping.load(); };
  return [limits, alone = std::make_shared<std::mutex>()](int file, const std::string& name) {
    const std::lock_guard lock(*alone);
    return describe_dataset("/proc/self/exe", file, name, limits);
  };
}

// A store that is this host's own file and cannot be opened now (a network file system, a file that is no database)
// will not be by waiting.
void open_embedded_store(RunStore& runs, const std::string& place) {
  try {
    runs.open();
  } catch (const StoreUnavailable& error) {
    throw InvalidInput(Diagnostic{.path = place, .message = error.what()});
  }
}

// Artifacts on this host's own disk either can be owned or will not be by waiting.
void own_artifacts(const ArtifactPlaces& artifacts, const std::string& identity) {
  try {
    take_ownership(artifacts, identity);
  } catch (const std::system_error& error) {
    if (artifacts.remote() == nullptr) throw;
    throw StoreUnavailable(error.what());
  }
}

// Ends the sessions of a replica, whose threads wake the worker: after the server that shows them, before the worker.
struct LeaveReplicas {
  ReplicaParts& parts;
  ~LeaveReplicas() { parts = {}; }
};

struct WorkBesideRuns {
  std::optional<GarbageSchedule> garbage;
  std::optional<Webhook> webhook;

  // Where a thread was not to be had, again: what runs goes on.
  void start(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts, const std::string& identity) {
    const bool has_garbage =
        settings.retention_days > 0 || settings.audit_retention_days > 0 || settings.datasets.are_allowed;
    if (has_garbage && settings.gc_every.count() > 0 && !garbage) garbage.emplace(settings, runs, artifacts, identity);
    // Workers leave it to those that serve.
    if (settings.listen && !webhook) webhook.emplace(settings.webhook, runs);
  }
};

// `reload` are what SIGHUP asks for: each reads again what it holds, and a fault of one leaves it as it was.
void wait_for_stop(const std::vector<std::function<void()>>& reload) {
  for (;;) {
    const ProcessSignal signal = next_process_signal(-1);
    if (signal == ProcessSignal::stop) return;
    if (signal != ProcessSignal::reload) continue;
    log_info("SIGHUP: reading again what may have changed", {{"parts", reload.size()}});
    for (const auto& read_again : reload) {
      try {
        read_again();
      } catch (const std::exception& error) {
        log_error("what was read before stays in force", {{"error", error.what()}});
      }
    }
  }
}

}  // namespace

void serve(const Settings& settings, const StoreKinds& kinds) {
  watch_process_signals();
  const LogWriter log;
  reserve_descriptors(settings);
  const RunStoreKind& kind = kinds.run_store(settings);
  const ProcessStores stores(kinds, settings);
  RunStore& runs = *stores.run_store.runs;
  const ArtifactPlaces& artifacts = stores.artifacts;
  artifacts.local().check();
  if (kind.is_embedded()) open_embedded_store(runs, kind.place);
  WorkerSettings of_worker = worker_settings(settings, kind);
  Readiness readiness(runs, artifacts, [cache = of_worker.attempt.panel_cache] {
    if (cache) shrink_panel_cache(*cache);
  });
  const PanelCacheGauge panels(settings.output_dir / ".panel_cache");
  std::atomic<bool> is_started = false;
  ReplicaParts parts;
  Worker worker(std::move(of_worker), runs, artifacts, [&](MonotonicTime since) -> Fitness {
    if (auto fault = parts.fault ? parts.fault() : std::nullopt) return {.is_fit = false, .reason = *std::move(fault)};
    return readiness.fitness(since);
  });
  const LeaveReplicas leave{parts};
  std::atomic<bool> is_stopping = false;
  HttpHooks hooks = hooks_for(worker, readiness, panels, is_started, parts);
  hooks.describe_dataset = describer(settings, is_stopping);
  HttpServer server(settings, runs, artifacts, hooks);
  server.start();
  log_info("started", {{"port", server.port()},
                       {"run_store", settings.run_store},
                       {"workers", settings.max_concurrent},
                       {"auth", to_text(settings.auth.mode)}});

  const auto is_stopped = [] { return next_process_signal(0) == ProcessSignal::stop; };
  std::string identity;
  const auto open = [&] {
    if (!kind.is_embedded()) runs.open();
    identity = stores.run_store.identity();
  };
  const auto join = [&] {
    if (stores.run_store.join_replicas) parts = stores.run_store.join_replicas([&worker] { worker.wake(); });
  };
  std::optional<WorkBesideRuns> beside(std::in_place);
  const auto start_threads = [&] {
    worker.start();
    beside->start(settings, runs, artifacts, identity);
  };
  if (until_answered("the run store is not open", open, is_stopped) &&
      until_answered(
          "object storage does not answer", [&] { own_artifacts(artifacts, identity); }, is_stopped) &&
      until_answered("the run store does not let this replica join", join, is_stopped) &&
      until_answered("no thread can be started", start_threads, is_stopped)) {
    is_started.store(true);
    audit_settings(runs, "start", settings);
    wait_for_stop({[&server] { server.read_secrets_again(); }, [&server] { server.read_certificate_again(); },
                   [&] { read_secrets_again(settings, kinds, stores, worker); }});
  }
  beside.reset();
  log_info("stopping", {{"running", worker.running()}});
  server.begin_drain();
  is_stopping.store(true);
  // Load balancers look at readiness every few seconds; requests that are under way and late arrivals are served
  // while the attempts finish.
  worker.stop(settings.shutdown_grace);
  server.stop(std::chrono::seconds(5));
  log_info("stopped");
}

}  // namespace backtest
