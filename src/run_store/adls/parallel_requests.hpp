// Several requests at once, for work that would wait for one after the other.
#pragma once

#include <cstddef>
#include <functional>

namespace backtest::adls {

// Calls request(0) .. request(count - 1) on at most `at_once` threads, the caller's among them. Throws the first
// exception, once all have ended.
void ask_in_parallel(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& request);

}  // namespace backtest::adls
