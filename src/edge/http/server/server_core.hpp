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
#include "edge/http/server/joined_requests.hpp"
#include "edge/http/server/request_rates.hpp"
#include "edge/http/server/run_watcher.hpp"
#include "edge/http/server/stored_key_reader.hpp"
#include "edge/http/server/tls_context.hpp"
#include "edge/http/server/work_pool.hpp"

namespace backtest {

struct ServerCore {
  static constexpr int scrape_queue = 16;
  static constexpr int most_uploads = 4;  // each has a thread, so that none waits for another's

  ServerCore(const Settings& all_settings, RunStore& runs, const ArtifactPlaces& artifacts, const HttpHooks& http_hooks)
      : settings(all_settings),
        hooks(http_hooks),
        store_telemetry(runs, hooks),
        connections(connection_limits(settings.http, descriptor_limit(), settings.max_concurrent)),
        rates(settings.http),
        memory(memory_for_requests(settings.http, connections.limits(), settings.tls.is_on()) / 4 * 3),
        body_memory(memory.size() / 3),
        context{settings,
                runs,
                artifacts,
                hooks,
                telemetry,
                store_telemetry,
                memory,
                artifacts.home().datasets() ? std::make_unique<DatasetCatalog>(*artifacts.home().datasets()) : nullptr},
        joined(memory),
        keys_refreshed(io),
        next_watch(io),
        pool(settings.http.pool_threads, settings.http.pool_queue),
        commit_pool(settings.http.commit_threads, settings.http.pool_queue),
        scrape_pool(1, scrape_queue),
        upload_pool(most_uploads, most_uploads),
        watcher(runs, pool, [this](const std::function<void()>& work) { post_to_io(work); }) {
    keys_refreshed.expires_at(boost::asio::steady_timer::time_point::max());
    if (settings.auth.accepts_oidc()) {
      keys.emplace(settings.auth.oidc, [this] { post_to_io([this] { refreshed_keys(); }); });
    }
    authenticator.emplace(settings.auth, keys ? &*keys : nullptr);
    read_stored_keys(runs);
  }

  void read_stored_keys(RunStore& runs);
  void post_to_io(const std::function<void()>& work);
  void refreshed_keys() {
    ++key_refreshes;
    keys_refreshed.cancel();
  }
  std::size_t waiting() const { return pool.waiting() + commit_pool.waiting(); }

  const Settings& settings;
  const HttpHooks& hooks;
  HttpTelemetry telemetry;
  StoreTelemetry store_telemetry;
  ConnectionTable connections;
  RequestRates rates;
  MemoryBudget memory;       // of what requests make, and of answers
  MemoryBudget body_memory;  // of bodies being read: apart, so that they keep nobody from an answer
  ApiContext context;
  JoinedRequests joined;  // before `io`, whose end ends those who wait in it
  boost::asio::io_context io{1};
  TlsContext tls;                            // of connections from now on; none without TLS
  boost::asio::steady_timer keys_refreshed;  // cancelled after each refresh and each second: whoever waits looks again
  boost::asio::steady_timer next_watch;      // of runs with event streams; cancelled when there is a stream more
  std::uint64_t key_refreshes = 0;           // that have ended
  std::map<Address, int> requests_through_proxies;  // under way, by caller
  int streams = 0;
  int uploads = 0;
  bool stopping = false;  // requests under way finish, and no connection is kept
  std::optional<Authenticator> authenticator;
  std::optional<TokenKeys> keys;
  WorkPool pool;  // the pools stand after what their work uses, so that they are destroyed first
  WorkPool commit_pool;
  WorkPool scrape_pool;
  WorkPool upload_pool;
  RunWatcher watcher;
  std::optional<StoredKeyReader> stored_keys;  // last: it posts to `io` while it lives
};

}  // namespace backtest
