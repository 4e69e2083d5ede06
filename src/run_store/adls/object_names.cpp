#include "run_store/adls/object_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/sha256.hpp"

namespace backtest::adls {

namespace {

constexpr std::string_view record_suffix = ".json";
// <rank>-<submitted_at>-<submitter>-<run id>
constexpr std::size_t rank_digits = 8, time_digits = 16, hash_digits = 16;
constexpr std::size_t marker_head = rank_digits + time_digits + hash_digits + 3;

template <typename Integer>
std::optional<Integer> number(std::string_view digits, int base) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string submitter_hash(std::string_view submitter) {
  return sha256_hex(submitter).substr(0, hash_digits);
}

std::optional<std::string> ObjectNames::run_id_of(std::string_view name) const {
  const std::string below = records();
  if (!name.starts_with(below) || !name.ends_with(record_suffix)) return std::nullopt;
  if (name.size() <= below.size() + record_suffix.size()) return std::nullopt;
  const auto run_id = name.substr(below.size(), name.size() - below.size() - record_suffix.size());
  if (run_id.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(run_id);
}

std::string ObjectNames::marker(const RunRecord& record) const {
  const auto rank =
      static_cast<std::uint32_t>(std::int64_t{std::numeric_limits<std::int32_t>::max()} - record.priority);
  return fmt::format("{}{:08x}-{:016d}-{}-{}", open_runs(), rank, std::max<StoreTime>(record.submitted_at, 0),
                     submitter_hash(record.submitter), record.run_id);
}

std::optional<OpenMarker> ObjectNames::marker_of(const ObjectInfo& object) const {
  const std::string below = open_runs();
  std::string_view text = object.name;
  if (!text.starts_with(below)) return std::nullopt;
  text.remove_prefix(below.size());
  if (text.size() <= marker_head || text.find('/') != std::string_view::npos) return std::nullopt;
  const auto rank = number<std::uint32_t>(text.substr(0, rank_digits), 16);
  const auto submitted_at = number<StoreTime>(text.substr(rank_digits + 1, time_digits), 10);
  if (!rank || !submitted_at) return std::nullopt;
  return OpenMarker{.name = object.name,
                    .rank = *rank,
                    .submitted_at = *submitted_at,
                    .submitter_hash = std::string(text.substr(rank_digits + time_digits + 2, hash_digits)),
                    .run_id = std::string(text.substr(marker_head)),
                    .is_held = object.size_bytes == held_marker.size(),
                    .written_at = object.modified_at,
                    .etag = object.etag};
}

std::string ObjectNames::key(std::string_view submitter, std::string_view idempotency_key) const {
  Sha256 hash;
  hash.update_framed(submitter);
  hash.update_framed(idempotency_key);
  return prefix_ + "/_keys/" + hash.hex() + std::string(record_suffix);
}

}  // namespace backtest::adls
