// The places in object storage that a service's runs write to: home, BACKTEST_ADLS_RUNS_DIR, and those that configs
// name in output.adls_dir. Home notes the others (.places/<hash of its text>), so that gc finds what attempts left
// there.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "artifact_store/adls/adls_artifact_store.hpp"
#include "artifact_store/adls/artifact_cache.hpp"
#include "artifact_store/artifact_places.hpp"
#include "settings/object_location.hpp"
#include "settings/settings.hpp"

namespace backtest {

class AdlsPlaces final : public RemoteArtifacts {
 public:
  // The settings name a home and outlive this, as does `scratch`. Sends nothing yet.
  AdlsPlaces(const Settings& settings, ArtifactStore& scratch);

  ArtifactStore& home() override { return *home_; }
  RunLocation locate(std::string_view run_id, const std::optional<std::string>& adls_dir) override;
  ArtifactStore& at(std::string_view run_id, const RunLocation& location) override;
  void belong_to(const std::string& run_store) override;
  void settle(ArtifactStore& place) override;
  std::vector<ArtifactStore*> places() override;
  void use_secrets(const Settings& fresh) override;

 private:
  RunLocation run_location(const ObjectLocation& place, std::string_view run_id) const;
  AdlsArtifactStore& store_at(const ObjectLocation& place);

  const Settings& settings_;
  ArtifactStore& scratch_;
  ArtifactCache cache_;

  std::mutex mutex_;                                                  // guards the next four
  StorageSettings storage_;                                           // with the credentials that were read last
  std::map<std::string, std::unique_ptr<AdlsArtifactStore>> stores_;  // by their place's text
  std::set<ArtifactStore*> settled_;
  std::string run_store_;
  AdlsArtifactStore* const home_;  // one of them
};

}  // namespace backtest
