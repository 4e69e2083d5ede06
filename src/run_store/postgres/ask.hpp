// How each call of the store meets the server: again where the answer was lost or a deadlock was broken up, and then as
// StoreUnavailable.
#pragma once

#include <chrono>

#include "postgres/connection_pool.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {

inline constexpr int most_tries = 3;
// A server that hangs is not asked again: whoever waits gets an answer, and may repeat the call.
inline constexpr std::chrono::seconds tries_begin_within{10};

template <typename Work>
auto PostgresRunStore::ask(StatementName name, Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  for (int tries = 1;; ++tries) {
    try {
      const auto connection = pool_.take();
      const DurationRecording recording(statement_times_.of(name));
      return work(*connection);
    } catch (const PostgresError& error) {
      statement_times_.count_fault(error.kind());
      const bool again = error.kind() == PostgresError::Kind::lost || error.is_retryable();
      const bool is_late = std::chrono::steady_clock::now() - begin > tries_begin_within;
      if (!again || is_late || tries >= most_tries) throw StoreUnavailable(error.what());
    }
  }
}

}  // namespace backtest
