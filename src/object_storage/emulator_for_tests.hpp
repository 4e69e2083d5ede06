// For tests: a server of object storage in a process of its own, killed with the test. It chooses a free port of
// 127.0.0.1 and says so.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace backtest {

class EmulatorProcess {
 public:
  // `announcement`: what it prints before its port. ./dev setup installs what the command names.
  EmulatorProcess(const std::vector<std::string>& command, const std::string& announcement);
  ~EmulatorProcess();
  EmulatorProcess(const EmulatorProcess&) = delete;
  EmulatorProcess& operator=(const EmulatorProcess&) = delete;

  int port() const { return port_; }
  // The checkout's: two above build/PRESET, where test programs lie.
  static std::filesystem::path dependencies();

 private:
  pid_t process_ = 0;
  int port_ = 0;
};

}  // namespace backtest
