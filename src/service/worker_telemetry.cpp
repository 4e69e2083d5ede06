#include "service/worker_telemetry.hpp"

#include <fmt/format.h>

#include "base/telemetry_text.hpp"

namespace backtest {

void append_worker_telemetry(const Worker& worker, std::string& text) {
  append_telemetry_header(text, "backtest_attempts_running", "gauge", "Attempts that this process executes now.");
  text += fmt::format("backtest_attempts_running {}\n", worker.running());
  append_telemetry_header(text, "backtest_worker_suspended", "gauge",
                          "1 while no run is claimed because the machine cannot execute any.");
  text += fmt::format("backtest_worker_suspended {}\n", worker.suspension() ? 1 : 0);
  append_telemetry_header(text, "backtest_attempts_total", "counter", "Attempts of this process by their end.");
  for (const LeaseEnd end : {LeaseEnd::completed, LeaseEnd::failed, LeaseEnd::retried, LeaseEnd::cancelled,
                             LeaseEnd::released, LeaseEnd::lost}) {
    text += fmt::format("backtest_attempts_total{{end=\"{}\"}} {}\n", to_text(end), worker.ended(end));
  }
}

}  // namespace backtest
