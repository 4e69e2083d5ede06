// What a request needs of its caller: nothing, to be known, or a right.
#pragma once

namespace backtest {

enum class Access { open, known, read, write, admin };

}  // namespace backtest
