#include "edge/cli/worker_metrics.hpp"

#include <fmt/format.h>

namespace backtest {

void append_worker_metrics(const Worker& worker, std::string& text) {
  text +=
      "# HELP backtest_attempts_running Attempts that this process executes now.\n# TYPE backtest_attempts_running "
      "gauge\n";
  text += fmt::format("backtest_attempts_running {}\n", worker.running());
  text +=
      "# HELP backtest_disk_short 1 while no run is claimed for want of disk space.\n# TYPE backtest_disk_short "
      "gauge\n";
  text += fmt::format("backtest_disk_short {}\n", worker.is_short_of_disk() ? 1 : 0);
  text +=
      "# HELP backtest_attempts_total Attempts of this process by their end.\n# TYPE backtest_attempts_total counter\n";
  for (const AttemptEnd end : {AttemptEnd::completed, AttemptEnd::failed, AttemptEnd::retried, AttemptEnd::cancelled,
                               AttemptEnd::released, AttemptEnd::lost}) {
    text += fmt::format("backtest_attempts_total{{end=\"{}\"}} {}\n", to_text(end), worker.ended(end));
  }
}

}  // namespace backtest
