// Garbage collection by a service process itself, every BACKTEST_GC_EVERY_SECONDS. Any number of replicas may do it.
#pragma once

#include "artifact_store/artifact_places.hpp"
#include "base/background_work.hpp"
#include "run_store/run_store.hpp"
#include "service/garbage.hpp"
#include "settings/settings.hpp"

namespace backtest {

GarbageRules garbage_rules(const Settings& settings);

class GarbageSchedule {
 public:
  // The stores are open, belong together (ownership.hpp) and outlive this.
  GarbageSchedule(const Settings& settings, RunStore& runs, const ArtifactPlaces& artifacts, std::string identity);

 private:
  std::chrono::milliseconds collect();

  RunStore& runs_;
  const ArtifactPlaces artifacts_;
  const std::string identity_;
  const GarbageRules rules_;
  const std::chrono::milliseconds every_;
  BackgroundWork work_;
};

}  // namespace backtest
