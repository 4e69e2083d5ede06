#include "base/assertion.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/broken_invariant.hpp"

namespace backtest {

namespace {

std::atomic<bool> aborts = false;

}  // namespace

void abort_on_broken_invariants() {
  aborts.store(true);
}

void assertion_failed(const char* condition, const char* reason, const char* file, int line) {
  const std::string message =
      std::string(file) + ":" + std::to_string(line) + ": assertion failed: " + condition + " (" + reason + ")";
  if (!aborts.load()) throw BrokenInvariant(message);
  std::fprintf(stderr, "%s\n", message.c_str());
  std::abort();
}

}  // namespace backtest
