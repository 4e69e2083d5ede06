// What the process of an attempt may still do once it knows its job, whoever has taken it over meanwhile.
#pragma once

#include "worker/attempt_job.hpp"

namespace backtest {

// The simulating process reads data and writes artifacts. The loading one speaks with databases and storage instead,
// for which it reads the system's certificates and tokens. The describing one has the file that it was handed, and no
// other.
enum class ChildRole { simulating, loading, describing };

// Memory, processor time and the size of files, by the job; no core dumps, the first to go when memory runs out, and
// no life beyond the worker's. True where files may not grow as large as the machine lets them.
bool limit_process(const AttemptJob& job, ChildRole role);

// Gives up, for good and before there is a second thread, what the job has no use for: other processes and programs,
// and of the simulating one the network and every file but the data's directories (read), the attempt's and the panel
// cache's. The kernel ends a process that tries a forbidden call, and refuses it a forbidden file.
void confine(const AttemptJob& job, ChildRole role);

// What this system lets a run give up: network and programs, files.
struct PossibleConfinement {
  bool calls = false;
  bool files = false;
};

// Found out by a process that tries and ends. Before there is a second thread. Throws std::system_error where there is
// no process to be had.
PossibleConfinement possible_confinement();

}  // namespace backtest
