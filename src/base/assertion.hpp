// Assertions for bugs. They stay on in release: a wrong ledger must stop, not continue.
#pragma once

namespace backtest {

[[noreturn]] void assertion_failed(const char* condition, const char* reason, const char* file, int line);

}  // namespace backtest

#define BACKTEST_ASSERT(condition, reason) \
  ((condition) ? void(0) : ::backtest::assertion_failed(#condition, reason, __FILE__, __LINE__))
