// One writer a process, and one transaction for all who wait: a commit costs a sync of the disk, and the writers that
// queue up during one share the next. Each write is still all or nothing for itself (a savepoint), and run() returns
// only after the commit that holds it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

class GroupCommit {
 public:
  using Write = std::function<void(SqliteConnection&)>;

  explicit GroupCommit(std::unique_ptr<SqliteConnection> connection);
  ~GroupCommit();

  // Any thread. What `write` throws is thrown here, and then nothing of it remains. When the commit itself fails,
  // everyone in it hears StoreUnavailable; whether it reached the disk may then be unknown.
  void run(const Write& write);

 private:
  struct Waiting;
  struct Batch;

  void commit(const std::vector<Waiting*>& batch);
  void write_each(const std::vector<Waiting*>& batch);
  void roll_back();

  std::unique_ptr<SqliteConnection> connection_;
  std::mutex mutex_;
  bool is_committing_ = false;
  std::condition_variable turn_;       // of the first in the next batch
  std::shared_ptr<Batch> collecting_;  // the next batch; null while nobody waits
};

}  // namespace backtest
