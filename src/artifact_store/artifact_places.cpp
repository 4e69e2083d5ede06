#include "artifact_store/artifact_places.hpp"

#include <utility>

#include "base/diagnostic.hpp"

namespace backtest {

void ArtifactPlaces::check() const {
  local_->check();
  if (remote_) remote_->home().check();
}

std::optional<RunLocation> ArtifactPlaces::location_of(const RunPlace& run) const {
  if (!remote_ || !run.adls_container || !run.adls_prefix) return std::nullopt;
  return RunLocation{*run.adls_container, *run.adls_prefix};
}

std::optional<RunLocation> ArtifactPlaces::locate(std::string_view run_id,
                                                  const std::optional<std::string>& adls_dir) const {
  if (remote_) return remote_->locate(run_id, adls_dir);
  if (!adls_dir) return std::nullopt;
  throw InvalidInput(Diagnostic{.path = "output.adls_dir",
                                .message = "names a place in object storage, and this service keeps artifacts in its "
                                           "output directory (BACKTEST_ARTIFACT_STORE)"});
}

AttemptPlace ArtifactPlaces::for_attempt(const RunPlace& run) const {
  if (!remote_) return {*local_, std::nullopt};
  RunLocation location = location_of(run).value_or(remote_->locate(run.run_id, std::nullopt));
  ArtifactStore& store = remote_->at(run.run_id, location);
  remote_->settle(store);
  return {store, std::move(location)};
}

ArtifactStore& ArtifactPlaces::of(const RunPlace& run) const {
  const std::optional<RunLocation> location = location_of(run);
  return location ? remote_->at(run.run_id, *location) : *local_;
}

std::vector<ArtifactStore*> ArtifactPlaces::candidates(const RunPlace& run) const {
  std::vector<ArtifactStore*> found;
  if (const auto location = location_of(run)) found.push_back(&remote_->at(run.run_id, *location));
  found.push_back(local_);
  return found;
}

std::vector<ArtifactStore*> ArtifactPlaces::all() const {
  std::vector<ArtifactStore*> places;
  if (remote_) places = remote_->places();
  places.push_back(local_);
  return places;
}

}  // namespace backtest
