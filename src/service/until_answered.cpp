#include "service/until_answered.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

namespace {

// Empty where `ask` got what it asked for.
std::string reason_to_wait(const std::function<void()>& ask) {
  try {
    ask();
    return "";
  } catch (const StoreUnavailable& error) {
    return error.what();
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::resource_unavailable_try_again) throw;
    return error.what();
  }
}

}  // namespace

bool until_answered(std::string_view fault, const std::function<void()>& ask, const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds longest_pause{5'000};
  constexpr std::chrono::milliseconds look_every{50};
  std::chrono::milliseconds pause{100};
  std::string last_reason;
  for (;;) {
    const std::string reason = reason_to_wait(ask);
    if (reason.empty()) {
      if (!last_reason.empty()) log_info("no longer", {{"fault", fault}});
      return true;
    }
    if (last_reason != reason) log_error(fault, {{"reason", reason}});
    last_reason = reason;
    for (auto waited = std::chrono::milliseconds(0); waited < pause; waited += look_every) {
      if (give_up()) return false;
      std::this_thread::sleep_for(look_every);
    }
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace backtest
