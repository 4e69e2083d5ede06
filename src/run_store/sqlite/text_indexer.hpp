// Brings the text index up to date on a thread of its own, after searches, so that neither submissions nor searches
// pay for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "run_store/sqlite/group_commit.hpp"
#include "run_store/sqlite/reader_pool.hpp"

namespace backtest {

class TextIndexer {
 public:
  // Both outlive the object.
  TextIndexer(ReaderPool& readers, GroupCommit& writer);
  ~TextIndexer();
  TextIndexer(const TextIndexer&) = delete;
  TextIndexer& operator=(const TextIndexer&) = delete;

  // Somebody searches. Any thread.
  void searched();

 private:
  void run();
  void catch_up();

  ReaderPool& readers_;
  GroupCommit& writer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
