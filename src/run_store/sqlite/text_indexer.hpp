// Brings the text index up to date on a thread of its own, after searches, so that neither submissions nor searches
// pay for it.
#pragma once

#include <chrono>

#include "base/background_work.hpp"
#include "run_store/sqlite/group_commit.hpp"
#include "run_store/sqlite/reader_pool.hpp"

namespace backtest {

class TextIndexer {
 public:
  // Both outlive the object.
  TextIndexer(ReaderPool& readers, GroupCommit& writer);

  // Somebody searches. Any thread.
  void searched() { work_.want(); }

 private:
  std::chrono::milliseconds catch_up();

  ReaderPool& readers_;
  GroupCommit& writer_;
  BackgroundWork work_;
};

}  // namespace backtest
