// `backtest key` and `backtest audit`: on the run store that the environment names, beside a service that runs.
#pragma once

#include <string>

#include "service/stores.hpp"

namespace backtest {

struct KeyOptions {
  std::string name;
  std::string scopes = "read,write";
  int expires_days = 0;  // 0 = never
  std::string key_id;    // of the key to revoke
  bool json = false;
};
// Prints the key itself to standard output, once: nobody can read it again.
int key_create_command(const KeyOptions& options, const StoreKinds& kinds);
int key_list_command(const KeyOptions& options, const StoreKinds& kinds);
int key_revoke_command(const KeyOptions& options, const StoreKinds& kinds);

struct AuditOptions {
  std::string run_id, caller;  // empty = all
  int limit = 50;
  bool json = false;
};
int audit_command(const AuditOptions& options, const StoreKinds& kinds);

}  // namespace backtest
