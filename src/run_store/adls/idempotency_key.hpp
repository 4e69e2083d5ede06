// The object of an idempotency key: the whole submission that the key stands for, and the digest of its body.
#pragma once

#include <optional>
#include <string>

#include "object_storage/object_storage.hpp"
#include "run_store/adls/run_document.hpp"

namespace backtest::adls {

struct IdempotencyKey {
  std::string body_sha256;
  RunDocument document;  // as its submission began
};

std::string key_text(const IdempotencyKey& key);
// Nullopt where the object is none.
std::optional<IdempotencyKey> parse_key(std::string_view text);

}  // namespace backtest::adls
