// Moves the write-ahead log into the database file on a thread of its own, so that no commit pays for it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "base/background_work.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

class Checkpointer {
 public:
  explicit Checkpointer(std::filesystem::path file);

  // The log has this many pages now. Any thread.
  void log_grew(int pages);

 private:
  std::chrono::milliseconds checkpoint();

  const std::filesystem::path file_;
  std::unique_ptr<SqliteConnection> connection_;
  BackgroundWork work_;
};

}  // namespace backtest
