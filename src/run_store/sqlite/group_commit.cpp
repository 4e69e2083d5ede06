#include "run_store/sqlite/group_commit.hpp"

#include <exception>

#include "run_store/run_store.hpp"

namespace backtest {

struct GroupCommit::Waiting {
  const Write* write = nullptr;
  std::exception_ptr error;
};

// The writers of one transaction. The first of them commits it; one call wakes the others.
struct GroupCommit::Batch {
  std::vector<Waiting*> writers;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_over = false;

  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_over; });
  }
  void finish() {
    {
      const std::lock_guard lock(mutex);
      is_over = true;
    }
    changed.notify_all();
  }
};

GroupCommit::GroupCommit(std::unique_ptr<SqliteConnection> connection) : connection_(std::move(connection)) {}

GroupCommit::~GroupCommit() = default;

void GroupCommit::run(const Write& write) {
  Waiting mine{.write = &write, .error = nullptr};
  std::unique_lock lock(mutex_);
  const bool is_first = !collecting_;
  const std::shared_ptr<Batch> batch = is_first ? std::make_shared<Batch>() : collecting_;
  batch->writers.push_back(&mine);
  if (is_first) {
    collecting_ = batch;
    // Until the commit under way is over, others join this batch.
    turn_.wait(lock, [this] { return !is_committing_; });
    is_committing_ = true;
    collecting_.reset();
    lock.unlock();
    commit(batch->writers);
    lock.lock();
    is_committing_ = false;
    lock.unlock();
    turn_.notify_one();
    batch->finish();
  } else {
    lock.unlock();
    batch->wait();
  }
  if (mine.error) std::rethrow_exception(mine.error);
}

void GroupCommit::commit(const std::vector<Waiting*>& batch) {
  try {
    connection_->run("begin immediate");
    write_each(batch);
    connection_->run("commit");
  } catch (const std::exception& error) {
    roll_back();
    // Each writer gets an exception of its own, because they are looked at and freed on different threads.
    for (Waiting* writer : batch) {
      if (!writer->error) writer->error = std::make_exception_ptr(StoreUnavailable(error.what()));
    }
  }
}

void GroupCommit::write_each(const std::vector<Waiting*>& batch) {
  for (Waiting* writer : batch) {
    connection_->run("savepoint one_write");
    try {
      (*writer->write)(*connection_);
    } catch (...) {
      writer->error = std::current_exception();
      // A full disk or an I/O error rolls the whole transaction back, and the others' writes with it.
      if (!connection_->in_transaction()) throw;
      connection_->run("rollback to one_write");
    }
    connection_->run("release one_write");
  }
}

void GroupCommit::roll_back() {
  if (!connection_->in_transaction()) return;
  try {
    connection_->run("rollback");
  } catch (const StoreUnavailable&) {
    // The error that led here is the one to tell; the next `begin` fails if the transaction is still open.
  }
}

}  // namespace backtest
