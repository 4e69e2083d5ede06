#include "service/until_answered.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

bool until_answered(std::string_view fault, const std::function<void()>& ask, const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds longest_pause{5'000};
  constexpr std::chrono::milliseconds look_every{50};
  std::chrono::milliseconds pause{100};
  std::string last_reason;
  for (;;) {
    try {
      ask();
      if (!last_reason.empty()) log_info("no longer", {{"fault", fault}});
      return true;
    } catch (const StoreUnavailable& error) {
      if (last_reason != error.what()) log_error(fault, {{"reason", error.what()}});
      last_reason = error.what();
    }
    for (auto waited = std::chrono::milliseconds(0); waited < pause; waited += look_every) {
      if (give_up()) return false;
      std::this_thread::sleep_for(look_every);
    }
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace backtest
