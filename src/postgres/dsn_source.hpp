// The DSN that connections are opened with from now on. Copies share it, so that whoever opens connections again and
// again follows a change of the password; connections that are open stay.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "postgres/connection_string.hpp"

namespace backtest {

class DsnSource {
 public:
  DsnSource(ConnectionString dsn) : state_(std::make_shared<State>(std::move(dsn))) {}

  ConnectionString current() const {
    const std::lock_guard lock(state_->mutex);
    return state_->dsn;
  }
  void replace(ConnectionString dsn) const {
    const std::lock_guard lock(state_->mutex);
    state_->dsn = std::move(dsn);
  }

 private:
  struct State {
    explicit State(ConnectionString first) : dsn(std::move(first)) {}
    std::mutex mutex;
    ConnectionString dsn;
  };
  std::shared_ptr<State> state_;
};

}  // namespace backtest
