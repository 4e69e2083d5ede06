#include "edge/http/server/http_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/log.hpp"
#include "edge/http/server/connection.hpp"
#include "edge/http/server/patient_post.hpp"
#include "edge/http/server/server_core.hpp"
#include "edge/http/server/tls_context.hpp"
#include "settings/auth_settings.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto sweep_interval = std::chrono::seconds(1);

// What the machine lacks for a moment ends no loop that all connections need.
template <class Act>
void go_on(const char* what, Act act) {
  try {
    act();
  } catch (const std::exception& error) {
    log_error(what, {{"reason", error.what()}});
  }
}

tcp::acceptor open_acceptor(asio::io_context& io, const Endpoint& endpoint, const char* variable) {
  const auto failure = [&](const ErrorCode& error) {
    return std::runtime_error(std::string(variable) + ": cannot listen on " + endpoint.text() + ": " + error.message());
  };
  ErrorCode error;
  tcp::resolver resolver(io);
  const auto resolved = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || resolved.empty()) throw failure(error);
  const tcp::endpoint address = resolved.begin()->endpoint();
  tcp::acceptor acceptor(io);
  acceptor.open(address.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(address, error);
  if (!error) acceptor.listen(1024, error);
  if (error) throw failure(error);
  return acceptor;
}

}  // namespace

void ServerCore::post_to_io(const std::function<void()>& work) {
  patient_post(io, work);
}

void ServerCore::read_stored_keys(RunStore& runs) {
  AccessRecords* records = runs.access_records();
  if (!settings.auth.accepts_stored_keys()) return;
  if (records == nullptr) {  // none are kept here, so none is valid
    authenticator->use_stored_keys(std::make_shared<const StoredKeys>());
    return;
  }
  stored_keys.emplace(*records, [this](std::shared_ptr<const StoredKeys> read) {
    post_to_io([this, read = std::move(read)] { authenticator->use_stored_keys(read); });
  });
}

struct HttpServer::Impl {
  Impl(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts, const HttpHooks& hooks)
      : core(settings, runs, artifacts, hooks), api(core.io), metrics(core.io), sweep_timer(core.io) {}

  asio::awaitable<void> accept(tcp::acceptor& acceptor, Listener listener) {
    while (acceptor.is_open()) {
      ErrorCode error;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        // Out of descriptors, most likely: some will be closed in a moment.
        asio::steady_timer pause(core.io, std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      go_on("a connection was not served", [&] { serve_connection(core, std::move(socket), listener); });
    }
  }

  // One timer for every deadline: cheaper than a timer in each stream.
  asio::awaitable<void> sweep() {
    while (!finished) {
      ErrorCode error;
      sweep_timer.expires_after(core.stopping ? std::chrono::milliseconds(50) : sweep_interval);
      co_await sweep_timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      go_on("connections were not looked at", [this] { sweep_connections(std::chrono::steady_clock::now()); });
    }
  }

  void sweep_connections(std::chrono::steady_clock::time_point now) {
    // A connection may end while it is swept.
    const std::vector<Connection*> all = core.connections.all();
    for (Connection* connection : all) {
      if (core.connections.contains(connection)) connection->sweep(now);
    }
    core.keys_refreshed.cancel();  // who waits for keys looks whether it has waited long enough
    core.telemetry.pool_waiting = static_cast<std::int64_t>(core.waiting());
    if (core.stopping) close_connections(now >= give_up_at);
  }

  asio::awaitable<void> watch() {
    while (!finished) {
      ErrorCode error;
      core.next_watch.expires_at(core.watcher.next_poll(std::chrono::steady_clock::now()));
      co_await core.next_watch.async_wait(asio::redirect_error(asio::use_awaitable, error));
      go_on("runs were not watched", [this] { core.watcher.poll(); });
    }
  }

  // Until the server is stopped. What leaves an operation of a connection ends that connection, and no other.
  void run() {
    while (true) {
      try {
        core.io.run();
        return;
      } catch (const std::exception& error) {
        log_error("a connection was lost", {{"reason", error.what()}});
      }
    }
  }

  void close_connections(bool now) {
    const std::vector<Connection*> all = core.connections.all();
    for (Connection* connection : all) {
      if (core.connections.contains(connection)) connection->close(now);
    }
    if (!core.connections.empty() || finished) return;
    finished = true;
    sweep_timer.cancel();
    core.next_watch.cancel();
  }

  void begin_stop(std::chrono::milliseconds grace) {
    core.stopping = true;
    give_up_at = std::chrono::steady_clock::now() + grace;
    ErrorCode ignored;
    api.close(ignored);
    metrics.close(ignored);
    core.watcher.finish_all();
    core.keys_refreshed.cancel();
    close_connections(false);
    sweep_timer.cancel();
  }

  ServerCore core;
  tcp::acceptor api, metrics;
  asio::steady_timer sweep_timer;
  std::chrono::steady_clock::time_point give_up_at{};
  bool finished = false;
  std::thread thread;
};

HttpServer::HttpServer(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts,
                       const HttpHooks& hooks)
    : impl_(std::make_unique<Impl>(settings, runs, artifacts, hooks)) {}

HttpServer::~HttpServer() {
  stop(std::chrono::milliseconds(0));
}

void HttpServer::start() {
  Impl& impl = *impl_;
  keep_little_freed_memory();
  const Settings& settings = impl.core.settings;
  if (settings.tls.is_on()) impl.core.tls = read_tls_context(settings.tls);
  if (settings.listen) impl.api = open_acceptor(impl.core.io, *settings.listen, "BACKTEST_LISTEN");
  if (settings.metrics_listen) {
    impl.metrics = open_acceptor(impl.core.io, *settings.metrics_listen, "BACKTEST_METRICS_LISTEN");
  }
  impl.core.store_telemetry.start();
  if (impl.api.is_open()) asio::co_spawn(impl.core.io, impl.accept(impl.api, Listener::api), asio::detached);
  if (impl.metrics.is_open()) {
    asio::co_spawn(impl.core.io, impl.accept(impl.metrics, Listener::metrics), asio::detached);
  }
  const ConnectionLimits& limits = impl.core.connections.limits();
  log_info("limits", {{"connections", limits.all},
                      {"connections_per_address", limits.per_address},
                      {"request_memory_mb", static_cast<std::int64_t>(impl.core.memory.size() >> 20)},
                      {"body_memory_mb", static_cast<std::int64_t>(impl.core.body_memory.size() >> 20)}});
  asio::co_spawn(impl.core.io, impl.sweep(), asio::detached);
  asio::co_spawn(impl.core.io, impl.watch(), asio::detached);
  impl.thread = std::thread([&impl] { impl.run(); });
}

std::uint16_t HttpServer::port() const {
  return impl_->api.is_open() ? impl_->api.local_endpoint().port() : 0;
}

std::uint16_t HttpServer::metrics_port() const {
  return impl_->metrics.is_open() ? impl_->metrics.local_endpoint().port() : 0;
}

void HttpServer::read_secrets_again() {
  const AuthSettings& auth = impl_->core.settings.auth;
  if (auth.api_key_file.empty()) return;
  Secret key;
  try {
    key = read_key_file(auth.api_key_file);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("BACKTEST_API_KEY_FILE: ") + error.what());
  }
  impl_->core.context.tearsheet_links.use(key);
  impl_->core.post_to_io([impl = impl_.get(), key] { impl->core.authenticator->use_api_key(key); });
}

void HttpServer::read_certificate_again() {
  const TlsSettings& tls = impl_->core.settings.tls;
  if (!tls.is_on()) return;
  impl_->core.post_to_io([impl = impl_.get(), read = read_tls_context(tls)] { impl->core.tls = read; });
}

void HttpServer::begin_drain() {
  impl_->core.context.is_draining.store(true);
  impl_->core.post_to_io([impl = impl_.get()] { impl->core.watcher.finish_all(); });
}

void HttpServer::stop(std::chrono::milliseconds grace) {
  Impl& impl = *impl_;
  if (!impl.thread.joinable()) return;
  impl.core.context.is_draining.store(true);
  impl.core.post_to_io([&impl, grace] { impl.begin_stop(grace); });
  impl.thread.join();
  impl.core.pool.stop();
  impl.core.commit_pool.stop();
  impl.core.scrape_pool.stop();
  impl.core.upload_pool.stop();
  impl.core.store_telemetry.stop();
}

}  // namespace backtest
