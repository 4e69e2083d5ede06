// What a process asks of its stores and of the system before it starts: a store that does not answer, or a system that
// has no thread left, makes a replica unready, it does not end it.
#pragma once

#include <functional>
#include <string_view>

namespace backtest {

// Calls `ask` again and again with growing pauses until it throws neither StoreUnavailable nor the error of a thread
// that cannot be had; their reason is logged as `fault`. What it began it must not begin twice. False where `give_up`
// answered true first. Whatever else is thrown goes through.
bool until_answered(std::string_view fault, const std::function<void()>& ask, const std::function<bool()>& give_up);

}  // namespace backtest
