// A removal deletes objects without looking at their version, because requests to delete cannot name one. So that it
// never deletes what somebody made in their place, the record first says that it is removed: whoever wrote that deletes
// within a first while, and nobody touches what lies there until a second, longer one is over.
#pragma once

#include <chrono>

#include "run_store/run_record.hpp"

namespace backtest::adls {

inline constexpr std::chrono::seconds removal_deletes_within{30};  // by the remover's monotonic clock
inline constexpr StoreTime removal_is_over_after = 300'000'000;    // by the service's clock

// A marker without a record of that age was left by a submission that did not come to its end.
inline constexpr StoreTime lone_marker_age = 60'000'000;

}  // namespace backtest::adls
