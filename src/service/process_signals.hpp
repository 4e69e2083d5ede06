// SIGTERM, SIGINT and SIGHUP of a service process, as something that can be waited for. No signal ends it by itself.
#pragma once

namespace backtest {

enum class ProcessSignal { none, stop, reload };

// From here on SIGTERM and SIGINT ask for a stop, SIGHUP for settings to be read again. Throws std::system_error.
void watch_process_signals();

// Waits for at most `wait_ms` (-1: for ever). Once a stop was asked for, every answer is `stop`; a reload is answered
// once.
ProcessSignal next_process_signal(int wait_ms);

}  // namespace backtest
