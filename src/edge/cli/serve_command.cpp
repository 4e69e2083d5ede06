#include "edge/cli/serve_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_settings.hpp"
#include "edge/cli/worker_metrics.hpp"
#include "edge/http/server/http_server.hpp"

namespace backtest {

namespace {

// SIGTERM and SIGINT as a readable descriptor, so that waiting for one is a poll() like any other.
int stop_descriptor = -1;

void on_stop_signal(int) {
  const std::uint64_t one = 1;
  const int saved = errno;
  if (write(stop_descriptor, &one, sizeof one) < 0) errno = saved;
  errno = saved;
}

void watch_stop_signals() {
  stop_descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  struct sigaction action{};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

bool stop_was_asked_for(int wait_ms) {
  pollfd waiting{.fd = stop_descriptor, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, wait_ms) > 0;
}

// Each connection and each child needs descriptors; the soft limit of a login shell is too low for 1,000 listeners.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

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
  hooks.metrics.push_back([&](std::string& text) {
    append_worker_metrics(worker, text);
    if (store_is_open.load() && parts.metrics) parts.metrics(text);
  });
  hooks.store_metrics.push_back([&](std::string& text) {
    if (store_is_open.load() && parts.store_metrics) parts.store_metrics(text);
  });
  return hooks;
}

// The embedded store is this process's own: when it cannot be opened now (a network file system, a file that is no
// database), waiting does not help.
void open_embedded_store(RunStore& runs) {
  try {
    runs.open();
  } catch (const StoreUnavailable& error) {
    throw InvalidInput(Diagnostic{.path = "BACKTEST_DB_PATH", .message = error.what()});
  }
}

int serve(const Settings& settings, RunStore& runs, ArtifactStore& artifacts, const Adapters& adapters) {
  artifacts.check();
  const bool is_embedded = settings.run_store_mode == RunStoreMode::sqlite;
  if (is_embedded) open_embedded_store(runs);
  Worker worker(worker_settings(settings), runs, artifacts);
  std::atomic<bool> store_is_open = is_embedded;
  ReplicaParts parts;
  const HttpHooks hooks = hooks_for(worker, store_is_open, parts);
  HttpServer server(settings, runs, artifacts, hooks);
  server.start();
  log_info("started", {{"port", server.port()},
                       {"run_store", to_text(settings.run_store_mode)},
                       {"workers", settings.max_concurrent},
                       {"auth", to_text(settings.auth.mode)}});

  const bool open = is_embedded || open_run_store(runs, [] { return stop_was_asked_for(0); });
  if (open) {
    if (!is_embedded && adapters.join_replicas)
      parts = adapters.join_replicas(settings, runs, [&worker] { worker.wake(); });
    store_is_open.store(true);
    worker.start();
    while (!stop_was_asked_for(-1)) continue;
  }
  log_info("stopping", {{"running", worker.running()}});
  server.begin_drain();
  // Load balancers look at readiness every few seconds; requests that are under way and late arrivals are served
  // while the attempts finish.
  worker.stop(settings.shutdown_grace);
  server.stop(std::chrono::seconds(5));
  log_info("stopped");
  return exit_done;
}

}  // namespace

int serve_command(const ServeOptions& options, const Adapters& adapters) {
  const auto settings = read_settings(options.role, adapters);
  if (!settings) return exit_invalid_input;
  if (options.print_config) {
    fmt::print("{}", effective_settings_text(*settings));
    return exit_done;
  }
  watch_stop_signals();
  raise_descriptor_limit();
  try {
    const auto runs = adapters.run_store(*settings);
    const auto artifacts = adapters.artifact_store(*settings);
    return serve(*settings, *runs, *artifacts, adapters);
  } catch (const InvalidInput& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_invalid_input;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_run_failed;
  }
}

}  // namespace backtest
