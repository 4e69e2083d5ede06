#include "run_store/sqlite/group_commit.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>

#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr std::size_t largest_batch = 64;

}  // namespace

struct GroupCommit::Waiting {
  const Write* write = nullptr;
  bool done = false;
  std::exception_ptr error;
  std::condition_variable changed;
};

GroupCommit::GroupCommit(std::unique_ptr<SqliteConnection> connection) : connection_(std::move(connection)) {}

void GroupCommit::run(const Write& write) {
  Waiting mine;
  mine.write = &write;
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  mine.changed.wait(lock, [&] { return mine.done || (!is_committing_ && waiting_.front() == &mine); });
  if (!mine.done) {
    // First in line: commits for everybody who is waiting now.
    is_committing_ = true;
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), largest_batch));
    const std::vector<Waiting*> batch(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    lock.unlock();
    commit(batch);
    lock.lock();
    is_committing_ = false;
    for (Waiting* writer : batch) {
      writer->done = true;
      if (writer != &mine) writer->changed.notify_one();
    }
    if (!waiting_.empty()) waiting_.front()->changed.notify_one();
  }
  if (mine.error) std::rethrow_exception(mine.error);
}

void GroupCommit::commit(const std::vector<Waiting*>& batch) {
  try {
    connection_->run("begin immediate");
    write_each(batch);
    connection_->run("commit");
  } catch (...) {
    roll_back();
    for (Waiting* writer : batch) {
      if (!writer->error) writer->error = std::current_exception();
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
