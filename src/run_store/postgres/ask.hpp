// How each call of the store meets the server: again where the answer was lost or a deadlock was broken up, and then as
// StoreUnavailable.
#pragma once

#include "postgres/connection_pool.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {

inline constexpr int most_tries = 3;

template <typename Work>
auto PostgresRunStore::ask(Work&& work) {
  for (int tries = 1;; ++tries) {
    try {
      const auto connection = pool_.take();
      return work(*connection);
    } catch (const PostgresError& error) {
      const bool again = error.kind() == PostgresError::Kind::lost || error.is_retryable();
      if (!again || tries >= most_tries) throw StoreUnavailable(error.what());
    }
  }
}

}  // namespace backtest
