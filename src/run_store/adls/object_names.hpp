// Where the objects of a run store lie below its prefix:
//
//   runs/<run_id>.json     the record of a run: the truth
//   _open/<marker>         one for each run that is not over: a hint that is listed instead of all records
//   _keys/<sha256>.json    an idempotency key of a submitter, with the submission that it stands for
//   _store.json            the store's identity
//   _notices.json          since when ends of runs are told; missing = they are not
//
// Artifacts lie beside them as <run_id>/...; no run id begins with '_', and none is `runs`.
//
// A marker's name says how runs are claimed: by rank (the higher the priority, the lower), then by submission. Its size
// says whether somebody holds the run. The record decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "object_storage/object_storage.hpp"
#include "run_store/run_record.hpp"

namespace backtest::adls {

inline constexpr std::string_view waiting_marker = "queued";
inline constexpr std::string_view held_marker = "running";

struct OpenMarker {
  std::string name;  // of the object
  std::uint32_t rank = 0;
  StoreTime submitted_at = 0;
  std::string submitter_hash;
  std::string run_id;
  bool is_held = false;
  StoreTime written_at = 0;
  std::string etag;
};

class ObjectNames {
 public:
  // Without a slash at its end.
  explicit ObjectNames(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string records() const { return prefix_ + "/runs/"; }
  std::string record(std::string_view run_id) const { return records() + std::string(run_id) + ".json"; }
  // Of an object below records(); nullopt for what is no record.
  std::optional<std::string> run_id_of(std::string_view name) const;

  std::string open_runs() const { return prefix_ + "/_open/"; }
  std::string marker(const RunRecord& record) const;
  std::optional<OpenMarker> marker_of(const ObjectInfo& object) const;

  std::string key(std::string_view submitter, std::string_view idempotency_key) const;
  std::string notices() const { return prefix_ + "/_notices.json"; }
  std::string identity() const { return prefix_ + "/_store.json"; }

 private:
  const std::string prefix_;
};

std::string submitter_hash(std::string_view submitter);

}  // namespace backtest::adls
