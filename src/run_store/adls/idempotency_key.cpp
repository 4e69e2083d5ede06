#include "run_store/adls/idempotency_key.hpp"

#include <utility>

#include "base/json_field.hpp"
#include "base/strict_json.hpp"

namespace backtest::adls {

std::string key_text(const IdempotencyKey& key) {
  return json_text(json::object{{"body_sha256", key.body_sha256}, {"record", document_object(key.document)}});
}

std::optional<IdempotencyKey> parse_key(std::string_view text) {
  auto value = parse_strict_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  json::object& fields = value->get_object();
  json::value* record = fields.if_contains("record");
  if (record == nullptr || !record->is_object()) return std::nullopt;
  const std::string run_id = text_field(record->get_object(), "run_id");
  auto document = document_of(run_id, std::move(record->get_object()));
  if (!document) return std::nullopt;
  return IdempotencyKey{text_field(fields, "body_sha256"), std::move(*document)};
}

}  // namespace backtest::adls
