// One attempt in the local store: the child writes at its final place, so that sealing moves nothing.
#pragma once

#include <filesystem>
#include <string>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

class LocalAttempt final : public AttemptArtifacts {
 public:
  // `directory` is <root>/<run_id>/<prefix>, and exists.
  LocalAttempt(std::filesystem::path root, std::string run_id, std::string prefix);

  std::filesystem::path directory() const override;
  // The manifest must name exactly the files that are there, with their sizes. Files and directories are synced before
  // the manifest, and the directories above after it: what complete() points at survives a loss of power.
  SealedArtifacts seal() override;

 private:
  const std::filesystem::path root_;
  const std::string run_id_, prefix_;
};

}  // namespace backtest
