#include "run_store/sqlite/reader_pool.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_idle = 16;

}  // namespace

std::unique_ptr<SqliteConnection> ReaderPool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = std::make_unique<SqliteConnection>(file_);
  connection->execute("pragma query_only = on");
  return connection;
}

void ReaderPool::give_back(std::unique_ptr<SqliteConnection> connection) {
  const std::lock_guard lock(mutex_);
  // A transaction that an error left open would hold its old snapshot for ever.
  if (idle_.size() < most_idle && !connection->in_transaction()) idle_.push_back(std::move(connection));
}

}  // namespace backtest
