#include "run_store/postgres/queue_listener.hpp"

#include <random>
#include <string>

#include "base/log.hpp"
#include "run_store/postgres/queue_notifier.hpp"

namespace backtest {

namespace {
using std::chrono::milliseconds;

constexpr PostgresTimeouts listener_timeouts{.connect = std::chrono::seconds(5), .statement = std::chrono::seconds(5)};
constexpr milliseconds look_up_every{100};  // to see whether to stop
// A server that vanished without closing the connection is only noticed by asking it something.
constexpr std::chrono::seconds ask_every{15};
}  // namespace

QueueListener::QueueListener(DsnSource direct_dsn, std::function<void()> hint)
    : dsn_(std::move(direct_dsn)), hint_(std::move(hint)), thread_([this] { run(); }) {}

QueueListener::~QueueListener() {
  is_stopping_ = true;
  thread_.join();
}

void QueueListener::run() {
  while (!is_stopping_) {
    try {
      listen();
    } catch (const PostgresError& error) {
      is_listening_ = false;
      log_warning("queued runs are found by polling only", {{"error", error.what()}});
      pause();
    }
  }
}

void QueueListener::listen() {
  PostgresConnection connection(dsn_.current(), listener_timeouts);
  connection.run(std::string("listen ") + queue_channel);
  is_listening_ = true;
  hint_();
  auto next_question = std::chrono::steady_clock::now() + ask_every;
  while (!is_stopping_) {
    if (connection.wait_for_notification(look_up_every)) hint_();
    if (std::chrono::steady_clock::now() < next_question) continue;
    connection.run("select 1");
    next_question = std::chrono::steady_clock::now() + ask_every;
  }
}

// Half a second to one and a half: replicas do not come back all at once.
void QueueListener::pause() {
  std::minstd_rand random{std::random_device{}()};
  const auto until =
      std::chrono::steady_clock::now() + milliseconds(std::uniform_int_distribution<int>(500, 1'500)(random));
  while (!is_stopping_ && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(milliseconds(20));
}

}  // namespace backtest
