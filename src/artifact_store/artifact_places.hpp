// Where the runs of a service have their artifacts: in the output directory, or in object storage, at the service's own
// place or at one that a config names. A run's record says which; without object storage all are local.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "settings/settings.hpp"

namespace backtest {

// A place in object storage, as a record has it (API-33): `prefix` ends in the run's id.
struct RunLocation {
  std::string container, prefix;
};

// What a run's record says of its place.
struct RunPlace {
  std::string_view run_id;
  const std::optional<std::string>& adls_container;
  const std::optional<std::string>& adls_prefix;
};

// The artifact stores in object storage. Any thread may call.
class RemoteArtifacts {
 public:
  virtual ~RemoteArtifacts() = default;
  // Of runs whose config names no place.
  virtual ArtifactStore& home() = 0;
  // Where a new run's artifacts go: to what its config says (`output.adls_dir`), else home. Throws InvalidInput where
  // that is no place, or one that may not be written to.
  virtual RunLocation locate(std::string_view run_id, const std::optional<std::string>& adls_dir) = 0;
  // The store that has a run's artifacts. Throws InvalidInput where the location is none, or one that may not be used.
  virtual ArtifactStore& at(std::string_view run_id, const RunLocation& location) = 0;
  // Whose places this process writes to (RunStore::identity()); told before an attempt begins.
  virtual void belong_to(const std::string& run_store) = 0;
  // Before a run writes to a place of at(): notes it at home, so that places() knows it, and makes it this run store's.
  // Throws InvalidInput where it is another's.
  virtual void settle(ArtifactStore& place) = 0;
  // Every place that runs of this service have written to, home first.
  virtual std::vector<ArtifactStore*> places() = 0;
  // Requests are made with the credentials of `fresh` from here on, whose places are those that were. Throws
  // StorageUnavailable where it has none for a place that is in use.
  virtual void use_secrets(const Settings& fresh) = 0;
};

// Where an attempt writes; the location is that of object storage, for the run's record.
struct AttemptPlace {
  ArtifactStore& store;
  std::optional<RunLocation> location;
};

// A value; the stores outlive it. Implicit of one store, which then has every run.
class ArtifactPlaces {
 public:
  ArtifactPlaces(ArtifactStore& local, RemoteArtifacts* remote = nullptr) : local_(&local), remote_(remote) {}

  ArtifactStore& local() const { return *local_; }
  RemoteArtifacts* remote() const { return remote_; }
  // Where new runs go.
  ArtifactStore& home() const { return remote_ ? remote_->home() : *local_; }

  // Throws std::exception where attempts could not write their artifacts now, here or in object storage.
  void check() const;
  // Of this machine: attempts write here first.
  Room room() const { return local_->room(); }
  bool has_room() const { return room().is_enough; }

  // Where a new run's artifacts go, for its record; nullopt for the output directory. Throws InvalidInput as locate().
  std::optional<RunLocation> locate(std::string_view run_id, const std::optional<std::string>& adls_dir) const;
  AttemptPlace for_attempt(const RunPlace& run) const;

  // Where a run's artifacts are. Throws InvalidInput where its location may not be used.
  ArtifactStore& of(const RunPlace& run) const;
  // Where artifacts of an ended run may be found, likeliest first: object storage is the source of truth, and what only
  // this machine has is of before it was used.
  std::vector<ArtifactStore*> candidates(const RunPlace& run) const;
  // For gc: every place, home first.
  std::vector<ArtifactStore*> all() const;

 private:
  std::optional<RunLocation> location_of(const RunPlace& run) const;

  ArtifactStore* local_;
  RemoteArtifacts* remote_;
};

}  // namespace backtest
