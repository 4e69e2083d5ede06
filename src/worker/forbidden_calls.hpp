// System calls that a process gives up for good: the kernel ends the process at the first one (seccomp, SIGSYS).
#pragma once

namespace backtest {

struct AllowedCalls {
  bool network = false;   // sockets
  bool programs = false;  // other processes and programs; threads are always allowed
};

// For every thread of this process. What no run has a use for goes in any case: looking into other processes, mounts,
// namespaces, kernel modules, keys, io_uring. Sets no_new_privs. False where the kernel does not know how; nothing but
// no_new_privs has changed then.
bool give_up_calls(const AllowedCalls& allowed);

}  // namespace backtest
