#include "edge/cli/check_command.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "base/utc_time.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_settings.hpp"

namespace backtest {

namespace {

// Prints one line a check; `found` throws with the reason when the check fails.
class Checks {
 public:
  template <typename Found>
  void check(const char* name, Found&& found) {
    try {
      fmt::print("ok    {:<16} {}\n", name, found());
    } catch (const std::exception& error) {
      fmt::print("FAIL  {:<16} {}\n", name, error.what());
      failed_ = true;
    }
  }
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

std::string disk_space(ArtifactStore& artifacts, const Settings& settings) {
  const std::uint64_t free_mb = artifacts.free_bytes() >> 20;
  if (free_mb < static_cast<std::uint64_t>(settings.min_free_disk_mb)) {
    throw std::runtime_error(fmt::format("{} MB free, at least {} MB are needed", free_mb, settings.min_free_disk_mb));
  }
  return fmt::format("{} MB free", free_mb);
}

std::string clock_difference(RunStore& runs) {
  constexpr std::int64_t tolerated_us = 5'000'000;
  const std::int64_t difference_us = runs.now() - utc_now();
  if (std::llabs(difference_us) > tolerated_us) {
    throw std::runtime_error(
        fmt::format("the store's clock differs by {:.1f} s", static_cast<double>(difference_us) / 1e6));
  }
  return "the store's clock agrees within 5 s";
}

}  // namespace

int check_command(const Adapters& adapters) {
  const auto settings = read_settings(Role::maintenance, adapters);
  if (!settings) return exit_invalid_input;
  Checks checks;
  checks.check("settings", [] { return std::string("valid"); });
  const auto artifacts = adapters.artifact_store(*settings);
  checks.check("output directory", [&] {
    artifacts->check();
    return settings->output_dir.string();
  });
  checks.check("disk space", [&] { return disk_space(*artifacts, *settings); });
  const auto runs = adapters.run_store(*settings);
  checks.check("run store", [&] {
    runs->open();
    runs->ping();
    return std::string(to_text(settings->run_store_mode));
  });
  checks.check("clock", [&] { return clock_difference(*runs); });
  return checks.failed() ? exit_run_failed : exit_done;
}

}  // namespace backtest
