// The heap of a process that runs one backtest and ends. Memory that is freed stays for the next step, on 2 MB pages
// and for all threads: a short run's time is else a third the kernel's, which provides each thread with fresh memory.
#pragma once

namespace backtest {

// Before Arrow is loaded, whose own allocator keeps a heap for each thread, and before there are threads. Advice only:
// where the system declines it, nothing but time and memory changes.
void use_run_heap();

}  // namespace backtest
