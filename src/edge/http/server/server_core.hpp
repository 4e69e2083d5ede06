// What the connections of one server share. Lives on the I/O thread; only HttpServer and Connection see it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_set>

#include "edge/http/auth/authenticator.hpp"
#include "edge/http/auth/token_keys.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/server/run_watcher.hpp"
#include "edge/http/server/work_pool.hpp"

namespace backtest {

class Connection;

struct ServerCore {
  static constexpr int scrape_queue = 16;

  ServerCore(const Settings& all_settings, RunStore& runs, ArtifactStore& artifacts, const HttpHooks& http_hooks)
      : settings(all_settings),
        hooks(http_hooks),
        readiness(runs, artifacts, hooks),
        store_metrics(runs, hooks),
        context{settings, runs, artifacts, hooks, telemetry, readiness, store_metrics},
        keys_refreshed(io),
        pool(settings.http.pool_threads, settings.http.pool_queue),
        commit_pool(settings.http.commit_threads, settings.http.pool_queue),
        scrape_pool(1, scrape_queue),
        watcher(runs, pool, [this](std::function<void()> work) { post_to_io(std::move(work)); }) {
    keys_refreshed.expires_at(boost::asio::steady_timer::time_point::max());
    if (settings.auth.accepts_oidc()) {
      keys.emplace(settings.auth.oidc, [this] { post_to_io([this] { keys_refreshed.cancel(); }); });
    }
    authenticator.emplace(settings.auth, keys ? &*keys : nullptr);
  }

  void post_to_io(std::function<void()> work);
  std::size_t waiting() const { return pool.waiting() + commit_pool.waiting(); }

  const Settings& settings;
  const HttpHooks& hooks;
  HttpTelemetry telemetry;
  Readiness readiness;
  StoreMetrics store_metrics;
  ApiContext context;
  boost::asio::io_context io{1};
  boost::asio::steady_timer keys_refreshed;  // cancelled after each refresh: whoever waits looks again
  std::unordered_set<Connection*> connections;
  int streams = 0;
  bool stopping = false;  // requests under way finish, and no connection is kept
  std::optional<Authenticator> authenticator;
  std::optional<TokenKeys> keys;
  WorkPool pool;  // both after what their work uses, so that they are gone first
  WorkPool commit_pool;
  WorkPool scrape_pool;
  RunWatcher watcher;
};

}  // namespace backtest
