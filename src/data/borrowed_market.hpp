// Market data whose arrays belong to the caller: computed, or loaded by other code, and simulated where they lie.
#pragma once

#include "data/load.hpp"

namespace backtest {

// Checks what the loader would have seen to, and adds the fingerprint. The spans of `market` must stay valid and
// unchanged as long as what is returned, and any copy of it, is in use; `storage` may own them.
// Throws InvalidInput where dates or instruments do not ascend, an array has another size than bars x instruments,
// there are no closes or row flags, or a price is not above 0 or not finite (NaN is a missing one).
LoadedData borrow_market(MarketData market);

}  // namespace backtest
