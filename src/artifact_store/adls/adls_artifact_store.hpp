// Artifacts at one place of object storage, <container>/<path>:
//
//   <run_id>/attempts/<epoch>-<token>/<file>   an attempt, sealed by its artifacts_manifest.json
//   <run_id>/artifacts_manifest.json           for readers that know no attempts (published_manifest.hpp)
//   <run_id>/<file>                            a result of the Python service
//   .run_store, .condemned/<run_id>            whose they are; runs that are being removed
//
// Attempts write into a local store first, so that a child needs no network, and so that what could not be uploaded
// stays.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "artifact_store/adls/adls_datasets.hpp"
#include "artifact_store/adls/artifact_cache.hpp"
#include "artifact_store/adls/artifact_readers.hpp"
#include "artifact_store/artifact_store.hpp"
#include "artifact_store/manifest.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

// The manifest of a sealed attempt, which never changes.
struct SealedManifest {
  std::string text;
  std::optional<ArtifactManifest> manifest;  // nullopt where the text is none: it hides no file
};

class AdlsArtifactStore final : public ArtifactStore {
 public:
  // `scratch` is where attempts write, and has the room; `cache` may be shared by stores. Both outlive this one.
  // Touches nothing.
  AdlsArtifactStore(std::shared_ptr<ObjectContainer> container, std::string path, ArtifactStore& scratch,
                    ArtifactCache& cache);

  const std::string& path() const { return path_; }
  ObjectContainer& container() { return *container_; }

  void check() override;
  Room room() override { return scratch_.room(); }
  std::optional<std::string> owner() override;
  void set_owner(const std::string& identity) override;
  std::unique_ptr<AttemptArtifacts> begin(std::string_view run_id, std::int64_t epoch, std::string_view token) override;
  std::expected<std::unique_ptr<ArtifactReader>, ArtifactError> open(std::string_view run_id, std::string_view prefix,
                                                                     std::string_view name,
                                                                     const ByteRange& range) override;
  std::vector<ArtifactInfo> list(std::string_view run_id, std::string_view prefix) override;
  void put_back(std::string_view run_id, std::string_view prefix, const std::filesystem::path& from) override;
  void condemn_run(std::string_view run_id) override;
  void spare_run(std::string_view run_id) override;
  std::vector<std::string> condemned_runs() override;
  void remove_run(std::string_view run_id) override;
  std::vector<AttemptInfo> attempts(std::string_view run_id) override;
  void remove_attempt(std::string_view run_id, std::string_view prefix) override;
  std::vector<std::string> run_ids() override;
  DatasetStore* datasets() override { return datasets_.get(); }

 private:
  using Opened = std::expected<std::unique_ptr<ArtifactReader>, ArtifactError>;

  std::string directory_of(std::string_view run_id, std::string_view prefix = {}) const;
  std::shared_ptr<const SealedManifest> sealed_manifest(const std::string& directory);
  std::optional<StoredObject> stored(const std::string& name);
  Opened open_unsealed(const std::string& object, const ByteRange& range);
  Opened open_sealed(const std::string& directory, std::string_view name, const ByteRange& range);
  std::shared_ptr<CachedFile> fetch(const StoredObject& object, const std::string& sha256);
  bool is_ours_at(const std::string& name);
  void remove_below(const std::string& directory);
  void forget_below(const std::string& directory);

  const std::shared_ptr<ObjectContainer> container_;
  const std::string path_;
  ArtifactStore& scratch_;
  ArtifactCache& cache_;
  const std::unique_ptr<AdlsDatasets> datasets_;  // null where uploads have no disk

  std::mutex mutex_;                                                        // guards the next
  std::map<std::string, std::shared_ptr<const SealedManifest>> manifests_;  // by directory
  std::mutex looking_;  // guards the rest; held while the service is asked
  std::chrono::steady_clock::time_point looked_at_{}, written_at_{};
  bool is_container_made_ = false;
};

}  // namespace backtest
