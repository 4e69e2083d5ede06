#include "run_store/sqlite/text_indexer.hpp"

#include "base/log.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/text_index.hpp"

namespace backtest {

namespace {

// A step keeps other writers waiting, for about ten milliseconds.
constexpr std::int64_t rows_a_step = 500;
constexpr auto pause_between_steps = std::chrono::milliseconds(5);
constexpr auto pause_between_looks = std::chrono::seconds(1);  // however often somebody searches
constexpr auto pause_after_error = std::chrono::seconds(10);

}  // namespace

TextIndexer::TextIndexer(ReaderPool& readers, GroupCommit& writer)
    : readers_(readers), writer_(writer), work_([this] { return catch_up(); }) {}

std::chrono::milliseconds TextIndexer::catch_up() {
  try {
    while (readers_.read(sqlite::is_text_index_behind)) {
      writer_.run([](SqliteConnection& connection) { sqlite::extend_text_index(connection, rows_a_step); });
      if (!work_.rest(pause_between_steps)) break;
    }
    return pause_between_looks;
  } catch (const StoreUnavailable& error) {
    // Searches find the same without it, and take longer.
    log_warning("the text index was not brought up to date", {{"reason", error.what()}});
    return pause_after_error;
  }
}

}  // namespace backtest
