// Whether this process can do its work: the store answers in time, the output directory can be written, the disk has
// room, and so can the artifacts' place in object storage. One judgement for both who ask: /readyz, and the worker
// before it claims. One thread looks once a second; whoever asks gets the last answer and never waits. A look that
// hangs counts as failed after the deadline. The reason shown in public names no internals; the log has them, once a
// minute.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "artifact_store/artifact_places.hpp"
#include "base/repeated_fault.hpp"
#include "run_store/run_store.hpp"
#include "worker/fitness.hpp"

namespace backtest {

class Readiness {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The stores outlive it. `make_room` gives disk space back, where there is any to give: it is called when the disk is
  // short, before the disk is said to be. Looks from here on.
  Readiness(RunStore& runs, const ArtifactPlaces& artifacts, std::function<void()> make_room);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // Why not, or nullopt when ready.
  std::optional<std::string> reason() const;
  // The same by a look that began after `since`; where there was none yet, one begins.
  Fitness fitness(Time since);
  bool is_short_of_disk() const;

 private:
  struct Judgement {
    std::optional<std::string> reason;
    bool is_short_of_disk = false;
    Time began{}, ended{};
  };

  std::optional<std::string> fault_of_store();
  std::optional<std::string> fault_of_artifacts(bool& is_short_of_disk);
  std::optional<std::string> fault_of_object_storage();
  Judgement look();
  void watch();
  std::optional<std::string> overdue() const;

  RunStore& runs_;
  const ArtifactPlaces artifacts_;
  const std::function<void()> make_room_;
  RepeatedFault store_fault_, artifact_fault_, remote_fault_;  // the thread's own

  mutable std::mutex mutex_;  // guards the three below
  std::condition_variable wake_;
  Judgement last_;
  bool is_look_wanted_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
