// What a request needs of its caller: nothing, the right to read, or the right to write.
#pragma once

namespace backtest {

enum class Access { open, read, write };

}  // namespace backtest
