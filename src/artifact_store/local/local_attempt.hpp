// One attempt in the local store: the child writes at its final place, so that sealing moves nothing.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "artifact_store/artifact_store.hpp"

namespace backtest {

class LocalAttempt final : public AttemptArtifacts {
 public:
  // `directory` is <root>/<run_id>/<prefix>, and exists.
  LocalAttempt(std::filesystem::path root, std::string run_id, std::string prefix);

  std::filesystem::path directory() const override;
  std::uint64_t size_bytes() override;
  // Files and directories are synced before the manifest, and the directories above after it: what complete() points at
  // survives a loss of power.
  SealedArtifacts seal(std::string_view submitted_at, const StopRequested& is_stopped) override;
  // The directories of the attempts and of the run go too where nothing else is in them.
  void discard() override;

 private:
  const std::filesystem::path root_;
  const std::string run_id_, prefix_;
};

}  // namespace backtest
