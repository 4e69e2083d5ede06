// Whether this process can do its work: the store answers in time, the output directory can be written, the disk has
// room. One thread looks once a second; whoever asks gets the last answer and never waits. A look that hangs counts
// as failed after the deadline. The reason shown in public names no internals; the log has them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "artifact_store/artifact_store.hpp"
#include "edge/http/resource/http_hooks.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

class Readiness {
 public:
  Readiness(RunStore& runs, ArtifactStore& artifacts, const HttpHooks& hooks);
  ~Readiness();

  void start();
  void stop();
  void begin_drain();
  // Why not, or nullopt when ready.
  std::optional<std::string> reason() const;

 private:
  std::optional<std::string> look();
  void watch();

  RunStore& runs_;
  ArtifactStore& artifacts_;
  const HttpHooks& hooks_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<std::string> reason_ = "starting";
  std::chrono::steady_clock::time_point looked_at_{};
  bool draining_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
