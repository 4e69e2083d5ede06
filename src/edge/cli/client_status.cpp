#include "edge/cli/client_status.hpp"

#include <fmt/format.h>

#include <exception>

#include "base/diagnostic.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_client.hpp"
#include "edge/cli/terminal_text.hpp"

namespace backtest {

namespace {

void print_error(const std::exception& error) {
  fmt::print(stderr, "{}\n", terminal_text(without_passwords(error.what())));
}

}  // namespace

int client_status(const std::function<int()>& command) {
  try {
    return command();
  } catch (const InvalidInput& error) {
    print_error(error);
    return exit_invalid_input;
  } catch (const ServiceError& error) {
    print_error(error);
    // The service found the input wrong, or there is no such thing: the caller can mend it.
    return error.status() >= 400 && error.status() < 500 ? exit_invalid_input : exit_run_failed;
  } catch (const std::exception& error) {
    print_error(error);
    return exit_run_failed;
  }
}

}  // namespace backtest
