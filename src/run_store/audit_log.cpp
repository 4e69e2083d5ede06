#include "run_store/audit_log.hpp"

#include "base/log.hpp"

namespace backtest {

void log_audit(const AuditEvent& event) {
  log_info("audit", {{"action", event.action},
                     {"caller", event.caller},
                     {"address", event.address},
                     {"request_id", event.request_id},
                     {"run_id", event.run_id},
                     {"detail", event.detail}});
}

}  // namespace backtest
