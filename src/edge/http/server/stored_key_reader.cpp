#include "edge/http/server/stored_key_reader.hpp"

#include <utility>
#include <vector>

#include "base/log.hpp"

namespace backtest {

StoredKeys stored_keys(const std::vector<KeyRecord>& records) {
  StoredKeys keys;
  for (const KeyRecord& record : records) {
    if (record.revoked_at) continue;
    const auto rights = parse_scopes(record.scopes);
    if (!rights) {
      log_warning("a key has scopes that this program does not know", {{"key_id", record.key_id}});
      continue;
    }
    StoredKey key{.name = record.name, .secret_sha256 = record.secret_sha256, .rights = *rights, .expires_at_s = {}};
    if (record.expires_at) key.expires_at_s = *record.expires_at / 1'000'000;
    keys.emplace(record.key_id, std::move(key));
  }
  return keys;
}

StoredKeyReader::StoredKeyReader(AccessRecords& records, std::function<void(std::shared_ptr<const StoredKeys>)> use)
    : records_(records), use_(std::move(use)), work_([this] {
        work_.want();
        std::vector<KeyRecord> found = records_.keys();
        if (has_read_ && found == known_) return every;
        use_(std::make_shared<const StoredKeys>(stored_keys(found)));
        known_ = std::move(found);
        has_read_ = true;
        return every;
      }) {
  work_.want();
}

}  // namespace backtest
