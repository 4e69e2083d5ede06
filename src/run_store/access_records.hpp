// What a store keeps about callers: keys of the API, and the audit of what callers did. A store that cannot keep them
// has none (RunStore::access_records). Errors: StoreUnavailable.
//
// A key is `bt_<id>_<secret>`; the store has the id and a hash of the secret, so that nobody who reads the store can
// call. Keys are never removed, so that the audit's names stay explained.
// The audit only grows: nothing changes an event, and only the retention removes those that are older than it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run_store/run_record.hpp"

namespace backtest {

struct KeyRecord {
  std::string key_id;         // 16 hex digits
  std::string name;           // whose runs are whose: keys of one name are one caller, so that one can follow another
  std::string scopes;         // of read, write and admin, separated by commas
  std::string secret_sha256;  // hex
  StoreTime created_at = 0;   // the store's
  std::optional<StoreTime> expires_at, revoked_at;
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

struct AuditEvent {
  std::int64_t sequence = 0;  // the store's, and so is the time
  StoreTime at = 0;
  std::string action;      // submit, cancel, remove, key_create, ...
  std::string caller;      // as a run's submitter is written
  std::string address;     // empty for what was done on the command line
  std::string request_id;  // empty likewise
  std::string run_id;      // empty where no run is meant
  std::string detail;
  friend bool operator==(const AuditEvent&, const AuditEvent&) = default;
};

struct AuditFilter {
  std::string run_id, caller;                // empty = all
  std::int64_t before_sequence = INT64_MAX;  // of the page before: the latest come first
};

class AccessRecords {
 public:
  virtual ~AccessRecords() = default;

  virtual void create_key(const KeyRecord& key) = 0;
  virtual std::vector<KeyRecord> keys() = 0;  // all there ever were, oldest first
  // False where there is no such key. One that is revoked already stays as it is.
  virtual bool revoke_key(std::string_view key_id) = 0;

  // All of them or none.
  virtual void append_audit(const std::vector<AuditEvent>& events) = 0;
  virtual std::vector<AuditEvent> audit_events(const AuditFilter& filter, int limit) = 0;
  // Those older than so many days, at least one; how many there were.
  virtual std::int64_t remove_audit_older_than(int days) = 0;
};

}  // namespace backtest
