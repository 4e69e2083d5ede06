#include "service/secret_reading.hpp"

#include <exception>
#include <string>

#include "base/log.hpp"
#include "base/sha256.hpp"
#include "run_store/audit_log.hpp"
#include "service/service_settings.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

void audit_settings(RunStore& runs, std::string_view action, const Settings& settings) {
  const AuditEvent event{.action = std::string(action),
                         .caller = "service",
                         .detail = "auth " + std::string(to_text(settings.auth.mode)) + ", access " +
                                   std::string(to_text(settings.auth.access)) + ", settings " +
                                   sha256_hex(effective_settings_text(settings)).substr(0, 16)};
  log_audit(event);
  AccessRecords* records = runs.access_records();
  if (records == nullptr) return;
  try {
    records->append_audit({event});
  } catch (const std::exception& error) {  // of the disk, too: the service goes on
    log_error("an event of the audit is in the log alone", {{"action", event.action}, {"reason", error.what()}});
  }
}

void read_secrets_again(const Settings& settings, const StoreKinds& kinds, const ProcessStores& stores,
                        Worker& worker) {
  const Role role = settings.listen ? Role::serve : Role::worker;
  const Settings fresh = parse_settings(process_environment(), role, kinds.choices());
  if (stores.run_store.use_secrets) stores.run_store.use_secrets(fresh);
  if (RemoteArtifacts* const remote = stores.artifacts.remote()) remote->use_secrets(fresh);
  worker.use_access(data_access(fresh));
  audit_settings(*stores.run_store.runs, "secrets_read", settings);
}

}  // namespace backtest
