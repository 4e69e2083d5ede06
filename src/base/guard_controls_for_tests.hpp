// For tests of a conformance suite: the suite again, as another process of this test program, over an adapter with one
// of its guards taken out. The variable BACKTEST_BROKEN_GUARD tells that process which.
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace backtest {

template <typename Guard>
struct GuardControl {
  const char* guard_name;
  Guard guard;
  const char* test;  // which fails without the guard
};

inline constexpr const char* broken_guard_variable = "BACKTEST_BROKEN_GUARD";

inline bool has_broken_guard() {
  return std::getenv(broken_guard_variable) != nullptr;
}

// The guard that this process does without; `none` where the variable names no control's.
template <typename Controls, typename Guard>
Guard broken_guard(const Controls& controls, Guard none) {
  for (const auto& control : controls) {
    if (control.guard_name == std::string_view(std::getenv(broken_guard_variable))) return control.guard;
  }
  return none;
}

// The exit status of the tests that `filter` names, without that guard.
inline int tests_without_guard(const std::string& guard, const std::string& filter) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  // All of them, also where this process runs a share of its tests.
  const std::string command = "unset GTEST_TOTAL_SHARDS GTEST_SHARD_INDEX; " + std::string(broken_guard_variable) +
                              "=" + guard + " '" + program + "' --gtest_brief=1 --gtest_filter='" + filter +
                              "' >/dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace backtest
