#include "artifact_store/adls/adls_attempt.hpp"

#include <exception>
#include <fstream>
#include <iterator>
#include <utility>

#include "artifact_store/adls/published_manifest.hpp"
#include "artifact_store/adls/seal_directory.hpp"
#include "artifact_store/manifest.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"

namespace backtest {

AdlsAttempt::AdlsAttempt(std::unique_ptr<AttemptArtifacts> local, std::shared_ptr<ObjectContainer> container,
                         std::string run_directory, std::string prefix, ArtifactCache& cache)
    : local_(std::move(local)),
      container_(std::move(container)),
      run_directory_(std::move(run_directory)),
      prefix_(std::move(prefix)),
      cache_(cache) {}

SealedArtifacts AdlsAttempt::seal(std::string_view submitted_at, const StopRequested& is_stopped) {
  local_->seal(submitted_at, is_stopped);
  std::ifstream file(directory() / manifest_name, std::ios::binary);
  const std::string local_manifest{std::istreambuf_iterator<char>(file), {}};
  has_uploaded_ = true;
  const UploadedManifest uploaded =
      seal_directory(*container_, directory(), local_manifest, run_directory_, prefix_, is_stopped);
  try {
    publish_run_manifest(*container_, run_directory_ + "/" + std::string(manifest_name),
                         run_manifest(uploaded.text, prefix_), prefix_);
  } catch (const StorageUnavailable& error) {
    throw UploadFailed(error.what());
  }
  // Whoever waits for a run reads it first here.
  for (const ManifestFile& each : uploaded.manifest.files) {
    cache_.adopt(directory() / each.name, each.sha256, each.size_bytes);
  }
  local_->discard();
  return {.prefix = prefix_, .manifest_sha256 = sha256_hex(uploaded.text)};
}

void AdlsAttempt::discard() {
  local_->discard();
  if (!has_uploaded_) return;
  try {
    retract_run_manifest(*container_, run_directory_ + "/" + std::string(manifest_name), prefix_);
    // The manifest first: what has lost files is not sealed.
    const std::string below = run_directory_ + "/" + prefix_ + "/";
    container_->remove(below + std::string(manifest_name));
    for (const ObjectInfo& object : container_->list(below).objects) container_->remove(object.name);
  } catch (const std::exception& error) {
    log_warning("what an attempt uploaded remains until gc",
                {{"object", run_directory_ + "/" + prefix_}, {"reason", error.what()}});
  }
}

}  // namespace backtest
