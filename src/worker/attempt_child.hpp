// The child's side of an attempt: `backtest attempt`, a command that only workers call. Reads its job from standard
// input and answers on standard output (attempt_job.hpp). Its process holds no secrets and dies with its worker.
#pragma once

namespace backtest {

int attempt_child();

// The process that reads the tables of an attempt over the network and hands them over (`backtest load`).
int loader_child();

}  // namespace backtest
