#include "edge/cli/access_commands.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "base/utc_time.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/terminal_text.hpp"
#include "edge/cli/text_table.hpp"
#include "edge/cli/with_settings.hpp"
#include "edge/http/auth/stored_key.hpp"
#include "edge/http/resource/audit.hpp"
#include "run_store/access_records.hpp"

namespace backtest {

namespace {

// Runs `command` with the keys and the audit of the configured run store.
template <typename Command>
int with_access_records(const StoreKinds& kinds, Command&& command) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    const ProcessStores stores(kinds, settings);
    const ConfiguredRunStore& store = stores.run_store;
    AccessRecords* records = store.runs->access_records();
    if (records == nullptr) {
      throw InvalidInput(Diagnostic{.path = "BACKTEST_RUN_STORE_MODE",
                                    .message = "the run store " + settings.run_store +
                                               " keeps neither keys nor an audit: the log has the audit, and "
                                               "BACKTEST_API_KEY is the one key"});
    }
    if (store.exists && !store.exists()) {
      throw InvalidInput(Diagnostic{.path = kinds.run_store(settings).place,
                                    .message = "names a run store that is not there; start the service once"});
    }
    store.runs->open();
    return command(*records, *store.runs);
  });
}

std::string operator_name() {
  const passwd* entry = getpwuid(geteuid());
  return "operator:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(geteuid()));
}

AuditEvent event_of(const char* action, const KeyRecord& key) {
  return {.action = action,
          .caller = operator_name(),
          .detail = fmt::format("key {} of {} ({})", key.key_id, key.name, key.scopes)};
}

void check_key(const KeyOptions& options) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '@';
  };
  if (options.name.empty() || options.name.size() > 64 || !std::ranges::all_of(options.name, is_allowed)) {
    throw InvalidInput(Diagnostic{.path = "NAME", .message = "must be 1 to 64 of the characters A-Z a-z 0-9 . _ @ -"});
  }
  if (!parse_scopes(options.scopes)) {
    throw InvalidInput(Diagnostic{.path = "--scopes", .message = "must be some of read, write and admin, with commas"});
  }
}

std::string state_of(const KeyRecord& key) {
  if (key.revoked_at) return "revoked";
  return key.expires_at && *key.expires_at <= utc_now() ? "expired" : "valid";
}

json::value time_json(const std::optional<StoreTime>& time) {
  return time ? json::value(utc_text(*time)) : json::value();
}

std::string day_of(const std::optional<StoreTime>& time) {
  return time ? utc_text(*time).substr(0, 19) : "";
}

}  // namespace

int key_create_command(const KeyOptions& options, const StoreKinds& kinds) {
  return with_access_records(kinds, [&](AccessRecords& records, RunStore& runs) {
    check_key(options);
    const NewKey made = make_key();
    KeyRecord key{
        .key_id = made.key_id, .name = options.name, .scopes = options.scopes, .secret_sha256 = made.secret_sha256};
    if (options.expires_days > 0) key.expires_at = runs.now() + options.expires_days * microseconds_per_day;
    records.append_audit({event_of("key_create", key)});
    records.create_key(key);
    fmt::print("{}\n", made.text.reveal());
    fmt::print(stderr, "the key {} of {} may {}; it is shown this once, and counts within two seconds\n", key.key_id,
               key.name, key.scopes);
    return exit_done;
  });
}

int key_list_command(const KeyOptions& options, const StoreKinds& kinds) {
  return with_access_records(kinds, [&](AccessRecords& records, RunStore&) {
    json::array listed;
    TextTable table({"key", "name", "scopes", "state", "created", "expires", "revoked"});
    for (const KeyRecord& key : records.keys()) {
      listed.push_back(json::object{{"key_id", key.key_id},
                                    {"name", key.name},
                                    {"scopes", key.scopes},
                                    {"state", state_of(key)},
                                    {"created_at", utc_text(key.created_at)},
                                    {"expires_at", time_json(key.expires_at)},
                                    {"revoked_at", time_json(key.revoked_at)}});
      table.add({key.key_id, key.name, key.scopes, state_of(key), day_of(key.created_at), day_of(key.expires_at),
                 day_of(key.revoked_at)});
    }
    fmt::print("{}", options.json ? json_text(listed) + "\n" : table.text());
    return exit_done;
  });
}

int key_revoke_command(const KeyOptions& options, const StoreKinds& kinds) {
  return with_access_records(kinds, [&](AccessRecords& records, RunStore&) {
    const std::vector<KeyRecord> keys = records.keys();
    const auto key = std::ranges::find(keys, options.key_id, &KeyRecord::key_id);
    if (key == keys.end()) {
      throw InvalidInput(Diagnostic{.path = "KEY", .message = "there is no such key; `backtest key list` names them"});
    }
    records.append_audit({event_of("key_revoke", *key)});
    records.revoke_key(options.key_id);
    fmt::print("revoked the key {} of {}; no process takes it after two seconds\n", key->key_id, key->name);
    return exit_done;
  });
}

int audit_command(const AuditOptions& options, const StoreKinds& kinds) {
  return with_access_records(kinds, [&](AccessRecords& records, RunStore&) {
    const AuditFilter filter{.run_id = options.run_id, .caller = options.caller};
    json::array listed;
    TextTable table({"at", "action", "run", "caller", "address", "request", "detail"});
    for (const AuditEvent& event : records.audit_events(filter, options.limit)) {
      listed.push_back(audit_json(event));
      table.add({utc_text(event.at).substr(0, 19), event.action, event.run_id, event.caller, event.address,
                 event.request_id, event.detail});
    }
    fmt::print("{}", options.json ? json_text(listed) + "\n" : terminal_text(table.text()));
    return exit_done;
  });
}

}  // namespace backtest
