// The line of the log that goes with every event of the audit, whether or not a store keeps it.
#pragma once

#include "run_store/access_records.hpp"

namespace backtest {

void log_audit(const AuditEvent& event);

}  // namespace backtest
