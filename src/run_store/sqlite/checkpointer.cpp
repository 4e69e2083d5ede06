#include "run_store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include "base/log.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr int pages_before_checkpoint = 1'000;

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path file)
    : file_(std::move(file)), work_([this] { return checkpoint(); }) {}

void Checkpointer::log_grew(int pages) {
  if (pages >= pages_before_checkpoint) work_.want();
}

std::chrono::milliseconds Checkpointer::checkpoint() {
  try {
    if (!connection_) connection_ = std::make_unique<SqliteConnection>(file_);
    // Passive: moves the pages that no reader needs in the log any more, and waits for nobody.
    sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  } catch (const StoreUnavailable& error) {
    // Nothing is lost: the log grows on until the next try.
    log_warning("the run store's log was not moved into its file", {{"reason", error.what()}});
  }
  return {};
}

}  // namespace backtest
