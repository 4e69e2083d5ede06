// Places of the file system that a process keeps; the kernel refuses it all others for good (Landlock).
#pragma once

#include <filesystem>
#include <vector>

namespace backtest {

struct KeptPlaces {
  // Directories with what is below them, and files; one that is not there is passed by.
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;  // read, too
  bool may_read_all = false;
  bool may_reach_network = false;
};

// For this thread and those that it starts: before there is a second one. An open beyond these places fails with
// EACCES; so does, without the network, a connection, and a signal to a process that has not given up the same. False
// where the kernel does not know how; nothing has changed then. Needs no_new_privs.
bool give_up_files(const KeptPlaces& kept);

}  // namespace backtest
