#include "service/serve.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "base/log_writer.hpp"
#include "base/metric_text.hpp"
#include "edge/http/server/http_server.hpp"
#include "service/descriptor_reserve.hpp"
#include "service/garbage_schedule.hpp"
#include "service/ownership.hpp"
#include "service/process_signals.hpp"
#include "service/service_settings.hpp"
#include "service/worker_metrics.hpp"

namespace backtest {

namespace {

// `parts` may be read once the store is open.
HttpHooks hooks_for(Worker& worker, const std::atomic<bool>& store_is_open, const ReplicaParts& parts) {
  HttpHooks hooks;
  hooks.run_submitted = [&](const std::string&) {
    worker.wake();
    if (store_is_open.load() && parts.announce) parts.announce();
  };
  hooks.cancel_requested = [&worker](const std::string&) { worker.renew_soon(); };
  hooks.readiness_checks.push_back([&store_is_open]() -> std::optional<std::string> {
    if (store_is_open.load()) return std::nullopt;
    return "the run store is not open";
  });
  hooks.readiness_checks.push_back([&worker] { return worker.suspension(); });
  hooks.metrics.push_back([&](std::string& text) {
    append_worker_metrics(worker, text);
    append_metric_header(text, "backtest_log_lines_dropped_total", "counter",
                         "Lines of the log that standard error did not take in time.");
    text += fmt::format("backtest_log_lines_dropped_total {}\n", dropped_log_lines());
    if (store_is_open.load() && parts.metrics) parts.metrics(text);
  });
  hooks.store_metrics.push_back([&](std::string& text) {
    if (store_is_open.load() && parts.store_metrics) parts.store_metrics(text);
  });
  return hooks;
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
  ArtifactStore& artifacts = *stores.artifacts;
  artifacts.check();
  if (kind.is_embedded()) open_embedded_store(runs, kind.place);
  Worker worker(worker_settings(settings, kind), runs, artifacts);
  std::atomic<bool> store_is_open = kind.is_embedded();
  ReplicaParts parts;
  const HttpHooks hooks = hooks_for(worker, store_is_open, parts);
  HttpServer server(settings, runs, artifacts, hooks);
  server.start();
  log_info("started", {{"port", server.port()},
                       {"run_store", settings.run_store},
                       {"workers", settings.max_concurrent},
                       {"auth", to_text(settings.auth.mode)}});

  const auto is_stopped = [] { return next_process_signal(0) == ProcessSignal::stop; };
  if (store_is_open.load() || open_run_store(runs, is_stopped)) {
    take_ownership(artifacts, stores.run_store.identity());
    if (stores.run_store.join_replicas) parts = stores.run_store.join_replicas([&worker] { worker.wake(); });
    store_is_open.store(true);
    worker.start();
    std::optional<GarbageSchedule> garbage;
    if (settings.retention_days > 0 && settings.gc_every.count() > 0) garbage.emplace(settings, runs, artifacts);
    wait_for_stop({[&server] { server.read_secrets_again(); }});
  }
  log_info("stopping", {{"running", worker.running()}});
  server.begin_drain();
  // Load balancers look at readiness every few seconds; requests that are under way and late arrivals are served
  // while the attempts finish.
  worker.stop(settings.shutdown_grace);
  server.stop(std::chrono::seconds(5));
  log_info("stopped");
}

}  // namespace backtest
