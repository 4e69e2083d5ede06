// The HTTP service: one thread for the network, a bounded pool for what may block.
//
//   HttpServer server(settings, runs, artifacts, hooks);
//   server.start();            // listens on settings.listen and settings.metrics_listen, where set
//   ...
//   server.begin_drain();      // SIGTERM: /readyz answers 503, event streams end
//   server.stop(grace);        // no new connections; requests under way finish; then everything is closed
//
// `settings`, the stores and `hooks` outlive the server. The stores are called from several threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "artifact_store/artifact_places.hpp"
#include "edge/http/resource/http_hooks.hpp"
#include "run_store/run_store.hpp"
#include "settings/settings.hpp"

namespace backtest {

class HttpServer {
 public:
  HttpServer(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts, const HttpHooks& hooks);
  ~HttpServer();  // stops without grace

  // Throws std::runtime_error naming the variable, and the address that cannot be listened on or the file that is no
  // certificate.
  void start();
  std::uint16_t port() const;          // of the API; 0 without one
  std::uint16_t metrics_port() const;  // 0 without one
  // Reads BACKTEST_API_KEY_FILE again. Throws std::runtime_error where that cannot be done; the key before then stays.
  void read_secrets_again();
  // Reads BACKTEST_TLS_CERTIFICATE_FILE and its key again, for connections from then on; as above.
  void read_certificate_again();
  void begin_drain();
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backtest
