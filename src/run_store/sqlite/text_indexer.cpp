#include "run_store/sqlite/text_indexer.hpp"

#include "base/log.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/text_index.hpp"

namespace backtest {

namespace {

// Ten milliseconds or so, in which other writers wait.
constexpr std::int64_t rows_a_step = 500;
constexpr auto pause_between_steps = std::chrono::milliseconds(5);
constexpr auto pause_between_looks = std::chrono::seconds(1);  // however often somebody searches
constexpr auto pause_after_error = std::chrono::seconds(10);

}  // namespace

TextIndexer::TextIndexer(ReaderPool& readers, GroupCommit& writer)
    : readers_(readers), writer_(writer), thread_([this] { run(); }) {}

TextIndexer::~TextIndexer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void TextIndexer::searched() {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_) return;
    wanted_ = true;
  }
  changed_.notify_one();
}

void TextIndexer::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return wanted_ || stopping_; });
      if (stopping_) return;
      wanted_ = false;
    }
    auto pause = pause_between_looks;
    try {
      catch_up();
    } catch (const StoreUnavailable& error) {
      // Searches are slower meanwhile, and as right as ever.
      log_warning("the text index was not brought up to date", {{"reason", error.what()}});
      pause = pause_after_error;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [&] { return stopping_; });
  }
}

void TextIndexer::catch_up() {
  while (readers_.read(sqlite::is_text_index_behind)) {
    writer_.run([](SqliteConnection& connection) { sqlite::extend_text_index(connection, rows_a_step); });
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause_between_steps, [&] { return stopping_; })) return;
  }
}

}  // namespace backtest
