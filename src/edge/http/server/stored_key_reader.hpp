// Reads the store's keys again and again, so that a key that is made or revoked counts within two seconds, in every
// process, without a restart. While the store does not answer, what was read last stays in force.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/background_work.hpp"
#include "edge/http/auth/stored_key.hpp"
#include "run_store/access_records.hpp"

namespace backtest {

// Keys that are revoked, or whose scopes this program does not know, are left out.
StoredKeys stored_keys(const std::vector<KeyRecord>& records);

class StoredKeyReader {
 public:
  // `use` is called on the reader's thread.
  StoredKeyReader(AccessRecords& records, std::function<void(std::shared_ptr<const StoredKeys>)> use);

 private:
  static constexpr std::chrono::milliseconds every{1'000};

  AccessRecords& records_;
  const std::function<void(std::shared_ptr<const StoredKeys>)> use_;
  std::vector<KeyRecord> known_;
  bool has_read_ = false;
  BackgroundWork work_;  // last, so that it ends first
};

}  // namespace backtest
