// artifacts_manifest.json in object storage. Each attempt has its own, which seals it and which the run's record
// vouches for. <run_id>/artifacts_manifest.json is for readers that know no attempts: its remote paths point into one
// of them.
//
// It is published by one conditional write, before the run's record says `completed`. Of two attempts the one with the
// higher epoch stands: no epoch is higher than that of the attempt that completed the run, so a late loser changes
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "object_storage/object_storage.hpp"

namespace backtest {

// The manifest of a directory (manifest_file.hpp) as that of an attempt below `run_prefix` of a container. The bytes do
// not depend on the attempt.
std::string manifest_of_attempt(std::string_view manifest, const std::string& container, const std::string& run_prefix);

// The same list with remote paths into the attempt.
std::string run_manifest(std::string_view manifest_of_attempt, std::string_view attempt_prefix);

// Whether a manifest at a run's place was published for an attempt. The Python service's was not: what it names lies
// beside it.
bool is_run_manifest(std::string_view text);

// Publishes it at `name`, unless that of a higher epoch stands there.
void publish_run_manifest(ObjectContainer& container, const std::string& name, const std::string& text,
                          std::string_view attempt_prefix);
// Publishes it where nothing stands; false where something does.
bool publish_first_run_manifest(ObjectContainer& container, const std::string& name, const std::string& text);

// Names no file any more where it pointed at this attempt.
void retract_run_manifest(ObjectContainer& container, const std::string& name, std::string_view attempt_prefix);

}  // namespace backtest
