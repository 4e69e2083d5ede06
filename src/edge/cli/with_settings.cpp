#include "edge/cli/with_settings.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/process_start.hpp"

namespace backtest {

int with_settings(Role role, const StoreKinds& kinds, const std::function<int(const Settings&)>& command) {
  keep_service_private();
  try {
    const Settings settings = parse_settings(process_environment(), role, kinds.choices());
    set_log_level(settings.log_level);
    for (const std::string& warning : settings.warnings) log_warning(warning);
    return command(settings);
  } catch (const InvalidInput& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_invalid_input;
  } catch (const std::system_error& error) {
    // When no thread can be started, the error says only "Resource temporarily unavailable".
    const bool is_thread = error.code() == std::errc::resource_unavailable_try_again;
    fmt::print(stderr, "{}{}\n", is_thread ? "no thread can be started, the limit of processes is reached: " : "",
               error.what());
    return exit_run_failed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return exit_run_failed;
  }
}

}  // namespace backtest
