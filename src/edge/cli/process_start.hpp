// What every process of this program does first, whatever its command.
#pragma once

namespace backtest {

// Standard streams that nobody gave are opened on /dev/null: else the next file would take their number, and lines of
// the log would go into it. A closed pipe and a file that may not grow become errors of write(), not the end of the
// process.
void prepare_process();

// For processes that hold a service's secrets and write its files: nobody but their group reads the files (0640 and
// 0750, less where the umask says so), and a crash leaves no image of the memory. RLIMIT_CORE is 1, not 0: by 0 the
// kernel would still hand the image to a program.
void keep_service_private();

}  // namespace backtest
