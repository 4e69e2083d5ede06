#include "run_store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include "base/log.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

namespace {

constexpr int pages_before_checkpoint = 1'000;

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path file) : file_(std::move(file)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::log_grew(int pages) {
  if (pages < pages_before_checkpoint) return;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  changed_.notify_one();
}

void Checkpointer::run() {
  std::unique_ptr<SqliteConnection> connection;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return wanted_ || stopping_; });
      if (stopping_) return;
      wanted_ = false;
    }
    try {
      if (!connection) connection = std::make_unique<SqliteConnection>(file_);
      // Passive: takes what no reader still needs, and waits for nobody.
      sqlite3_wal_checkpoint_v2(connection->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    } catch (const StoreUnavailable& error) {
      // The log only grows until the next try.
      log_warning("the run store's log was not moved into its file", {{"reason", error.what()}});
    }
  }
}

}  // namespace backtest
