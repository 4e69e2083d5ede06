// What a process asks of its stores before it starts: a store that does not answer makes a replica unready, it does not
// end it.
#pragma once

#include <functional>
#include <string_view>

namespace backtest {

// Calls `ask` again and again with growing pauses until it throws no StoreUnavailable, whose reason is then logged as
// `fault`. False where `give_up` answered true first. Whatever else is thrown goes through.
bool until_answered(std::string_view fault, const std::function<void()>& ask, const std::function<bool()>& give_up);

}  // namespace backtest
