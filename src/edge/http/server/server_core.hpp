// What the connections of one server share. Lives on the I/O thread; only HttpServer and Connection see it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "edge/http/auth/authenticator.hpp"
#include "edge/http/auth/token_keys.hpp"
#include "edge/http/message/memory_budget.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/server/connection_table.hpp"
#include "edge/http/server/run_watcher.hpp"
#include "edge/http/server/work_pool.hpp"

namespace backtest {

struct ServerCore {
  static constexpr int scrape_queue = 16;

  ServerCore(const Settings& all_settings, RunStore& runs, ArtifactStore& artifacts, const HttpHooks& http_hooks)
      : settings(all_settings),
        hooks(http_hooks),
        readiness(runs, artifacts, hooks),
        store_metrics(runs, hooks),
        connections(connection_limits(settings.http, descriptor_limit(), settings.max_concurrent)),
        memory(memory_for_requests(settings.http, connections.limits()) / 4 * 3),
        body_memory(memory.size() / 3),
        context{settings, runs, artifacts, hooks, telemetry, readiness, store_metrics, memory},
        keys_refreshed(io),
        pool(settings.http.pool_threads, settings.http.pool_queue),
        commit_pool(settings.http.commit_threads, settings.http.pool_queue),
        scrape_pool(1, scrape_queue),
        watcher(runs, pool, [this](std::function<void()> work) { post_to_io(std::move(work)); }) {
    keys_refreshed.expires_at(boost::asio::steady_timer::time_point::max());
    if (settings.auth.accepts_oidc()) {
      keys.emplace(settings.auth.oidc, [this] { post_to_io([this] { refreshed_keys(); }); });
    }
    authenticator.emplace(settings.auth, keys ? &*keys : nullptr);
  }

  void post_to_io(std::function<void()> work);
  void refreshed_keys() {
    ++key_refreshes;
    keys_refreshed.cancel();
  }
  std::size_t waiting() const { return pool.waiting() + commit_pool.waiting(); }

  const Settings& settings;
  const HttpHooks& hooks;
  HttpTelemetry telemetry;
  Readiness readiness;
  StoreMetrics store_metrics;
  ConnectionTable connections;
  MemoryBudget memory;       // of what requests make, and of answers
  MemoryBudget body_memory;  // of bodies being read: apart, so that they keep nobody from an answer
  ApiContext context;
  boost::asio::io_context io{1};
  boost::asio::steady_timer keys_refreshed;  // cancelled after each refresh and each second: whoever waits looks again
  std::uint64_t key_refreshes = 0;           // that have ended
  std::map<Address, int> requests_through_proxies;  // under way, by caller
  int streams = 0;
  bool stopping = false;  // requests under way finish, and no connection is kept
  std::optional<Authenticator> authenticator;
  std::optional<TokenKeys> keys;
  WorkPool pool;  // the pools stand after what their work uses, so that they are destroyed first
  WorkPool commit_pool;
  WorkPool scrape_pool;
  RunWatcher watcher;
};

}  // namespace backtest
