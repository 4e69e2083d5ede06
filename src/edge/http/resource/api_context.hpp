// What the resources work with. One object for the server's life; the stores are safe to call from many threads.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "edge/http/message/memory_budget.hpp"
#include "edge/http/resource/http_hooks.hpp"
#include "edge/http/resource/http_telemetry.hpp"
#include "edge/http/resource/readiness.hpp"
#include "edge/http/resource/store_metrics.hpp"
#include "run_store/run_store.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct ApiContext {
  const Settings& settings;
  RunStore& runs;
  ArtifactStore& artifacts;
  const HttpHooks& hooks;
  HttpTelemetry& telemetry;
  Readiness& readiness;
  StoreMetrics& store_metrics;
  MemoryBudget& memory;
  std::mutex unmeasured_reads{};  // held while a record is read whose size nobody knows
};

}  // namespace backtest
