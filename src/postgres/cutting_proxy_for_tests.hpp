// For tests: a way to a PrivateCluster on which one answer gets lost. Statements are counted over all connections, each
// with its own Sync, as PostgresConnection sends them; the connection of the one that is cut breaks at once:
//
//   before_server   the server never hears of it
//   after_server    the server has done it and committed, and the client does not hear of that
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/random_id.hpp"

namespace backtest {

class CuttingProxy {
 public:
  enum class Cut { before_server, after_server };

  explicit CuttingProxy(const std::filesystem::path& server_directory)
      : server_(server_directory / socket_name),
        directory_(std::filesystem::temp_directory_path() / ("backtest-cut-" + random_hex(12))) {
    std::filesystem::create_directory(directory_);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(directory_ / socket_name);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 16) != 0) {
      throw std::runtime_error("the proxy cannot listen in " + directory_.string());
    }
    threads_.emplace_back([this] { accept_clients(); });
  }
  ~CuttingProxy() {
    is_stopping_ = true;
    threads_.front().join();  // it alone adds to threads_
    for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
    close(listener_);
    std::filesystem::remove_all(directory_);
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  std::string dsn(const std::string& database) const {
    return "host=" + directory_.string() + " dbname=" + database + " user=postgres";
  }
  // The `statement`th from now, counted from 1.
  void cut(int statement, Cut cut) {
    const std::lock_guard lock(mutex_);
    until_cut_ = statement;
    cut_ = cut;
  }
  // What happens before the client learns that its connection is gone, once.
  void on_cut(std::function<void()> meanwhile) {
    const std::lock_guard lock(mutex_);
    meanwhile_ = std::move(meanwhile);
  }
  // False while it still waits for that statement. Forgets it.
  bool has_cut() {
    const std::lock_guard lock(mutex_);
    meanwhile_ = nullptr;
    return std::exchange(until_cut_, 0) <= 0;
  }

 private:
  static constexpr const char* socket_name = ".s.PGSQL.5432";
  static constexpr int look_up_every_ms = 20;

  static sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }

  void accept_clients() {
    while (!is_stopping_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, look_up_every_ms) <= 0) continue;
      // A child that inherited it, such as a pooler, would keep it open.
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_un address = address_of(server_);
      if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        threads_.emplace_back([this, client, server] { carry(client, server); });
      }
    }
  }

  // Whether the statement that ends here is the one to cut.
  bool is_its_turn(Cut cut, bool counts) {
    const std::lock_guard lock(mutex_);
    if (until_cut_ <= 0 || cut_ != cut) return false;
    if (counts) --until_cut_;
    return until_cut_ == 0;
  }

  static bool send_all(int to, std::string_view data) {
    while (!data.empty()) {
      const auto sent = send(to, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void carry(int client, int server) {
    using namespace std::string_view_literals;
    std::vector<char> buffer(1 << 16);
    bool is_answer_lost = false;
    while (!is_stopping_) {
      pollfd waiting[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(waiting, 2, look_up_every_ms) <= 0) continue;
      const bool is_request = waiting[0].revents != 0;
      const auto size = recv(is_request ? client : server, buffer.data(), buffer.size(), 0);
      if (size <= 0) break;
      const std::string_view data(buffer.data(), static_cast<std::size_t>(size));
      if (is_request && data.ends_with("S\0\0\0\4"sv)) {
        if (is_its_turn(Cut::before_server, true)) break;
        is_answer_lost = is_its_turn(Cut::after_server, true);
      }
      // ReadyForQuery: whatever the statement did is committed.
      if (!is_request && is_answer_lost) {
        if (data.size() >= 6 && data.substr(data.size() - 6, 5) == "Z\0\0\0\5"sv) break;
        continue;
      }
      if (!send_all(is_request ? server : client, data)) break;
    }
    std::unique_lock lock(mutex_);
    close(server);  // which ends what the client has not committed
    const auto meanwhile = until_cut_ == 0 ? std::exchange(meanwhile_, nullptr) : nullptr;
    lock.unlock();
    if (meanwhile) meanwhile();
    close(client);
  }

  const std::filesystem::path server_, directory_;
  int listener_ = -1;
  std::mutex mutex_;
  int until_cut_ = 0;
  Cut cut_ = Cut::before_server;
  std::function<void()> meanwhile_;
  std::atomic<bool> is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace backtest
