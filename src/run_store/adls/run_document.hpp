// A run's record as its object holds it: JSON with sorted keys. The fourteen fields of the Python service's records
// keep their names and meaning (STO-3), so that its readers still find them; the lease, its end, the events and the
// fields of run_fields.hpp stand beside them. What a later build adds is kept when this one changes a record.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "run_store/lease_protocol.hpp"
#include "run_store/run_store.hpp"

namespace backtest::adls {

constexpr StoreTime store_time(std::chrono::milliseconds time) {
  return std::chrono::microseconds(time).count();
}

struct RunDocument {
  RunRecord record;
  // The last claim and how it ended.
  std::int64_t lease_epoch = 0;
  std::string lease_token;
  StoreTime lease_expires_at = 0;
  LeaseEnd lease_end = LeaseEnd::none;
  StoreTime claimed_at = 0;
  std::string worker_id;
  StoreTime available_at = 0;  // a queued run is not claimed before
  std::string key_name;        // the object of its idempotency key; empty = submitted without
  std::vector<RunEvent> events;
  std::int64_t writes = 0;  // of this object: the larger, the newer
  // The news of its end: when it is due again after it was taken, and whether it was settled.
  std::optional<StoreTime> notice_due_at;
  int notice_tries = 0;
  bool is_notice_settled = false;
  std::optional<StoreTime> removed_at;  // the run is gone, and its objects are being deleted
  json::object others;                  // fields that this build does not know

  bool is_over() const { return is_terminal(record.state); }
  bool is_held(StoreTime now) const { return record.state == RunState::running && now < lease_expires_at; }

  LeasedRun leased() const;
  void take(const LeasedRun& run);
  // The oldest go when there are many: a run that is released for ever must not grow for ever.
  void append_event(StoreTime at, std::string detail);
};

RunDocument new_document(const RunRecord& given, StoreTime submitted_at);

std::string document_text(const RunDocument& document);
json::object document_object(const RunDocument& document);
// A record of the Python service, too; what was running there is queued here. Nullopt where it is no record.
std::optional<RunDocument> parse_document(std::string_view run_id, std::string_view text);
std::optional<RunDocument> document_of(std::string_view run_id, json::object object);

}  // namespace backtest::adls
