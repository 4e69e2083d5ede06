// Connections for reading, one a thread at a time: WAL readers neither block the writer nor wait for it.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

class ReaderPool {
 public:
  explicit ReaderPool(std::filesystem::path file) : file_(std::move(file)) {}

  // Runs `read(connection)` and gives its result.
  template <typename Read>
  auto read(Read&& read) {
    Borrowed borrowed(*this, take());
    return read(*borrowed.connection);
  }

 private:
  struct Borrowed {
    Borrowed(ReaderPool& owner, std::unique_ptr<SqliteConnection> taken) : pool(owner), connection(std::move(taken)) {}
    ~Borrowed() { pool.give_back(std::move(connection)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ReaderPool& pool;
    std::unique_ptr<SqliteConnection> connection;
  };

  std::unique_ptr<SqliteConnection> take();
  void give_back(std::unique_ptr<SqliteConnection> connection);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace backtest
