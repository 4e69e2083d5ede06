// One attempt on its way into object storage: written locally, uploaded when it is sealed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "artifact_store/adls/artifact_cache.hpp"
#include "artifact_store/artifact_store.hpp"
#include "object_storage/object_storage.hpp"

namespace backtest {

class AdlsAttempt final : public AttemptArtifacts {
 public:
  // `run_directory` is <path>/<run_id>; `cache` takes the files once they are uploaded.
  AdlsAttempt(std::unique_ptr<AttemptArtifacts> local, std::shared_ptr<ObjectContainer> container,
              std::string run_directory, std::string prefix, ArtifactCache& cache);

  std::filesystem::path directory() const override { return local_->directory(); }
  std::uint64_t size_bytes() override { return local_->size_bytes(); }
  // Throws UploadFailed where the storage does not take them; the local files then stay.
  SealedArtifacts seal(std::string_view submitted_at, const StopRequested& is_stopped) override;
  void discard() override;

 private:
  const std::unique_ptr<AttemptArtifacts> local_;
  const std::shared_ptr<ObjectContainer> container_;
  const std::string run_directory_, prefix_;
  ArtifactCache& cache_;
  bool has_uploaded_ = false;
};

}  // namespace backtest
