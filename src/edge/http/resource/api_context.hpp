// What the resources work with. One object for the server's life; the stores are safe to call from many threads.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "artifact_store/artifact_places.hpp"
#include "dataset/dataset_catalog.hpp"
#include "edge/http/message/memory_budget.hpp"
#include "edge/http/resource/http_hooks.hpp"
#include "edge/http/resource/http_telemetry.hpp"
#include "edge/http/resource/queue_front.hpp"
#include "edge/http/resource/store_telemetry.hpp"
#include "edge/http/resource/tearsheet_link.hpp"
#include "run_store/run_store.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct ApiContext {
  const Settings& settings;
  RunStore& runs;
  const ArtifactPlaces artifacts;
  const HttpHooks& hooks;
  HttpTelemetry& telemetry;
  StoreTelemetry& store_telemetry;
  MemoryBudget& memory;
  const std::unique_ptr<DatasetCatalog> datasets{};  // null where the artifact store keeps none
  std::atomic<bool> is_draining{false};              // the process is on its way out
  QueueFront queue{[this](std::int64_t at_most) { return runs.first_queued(at_most); }};
  TearsheetLinks tearsheet_links{settings.auth.api_key};
  std::mutex unmeasured_reads{};  // held while a record is read whose size nobody knows
};

}  // namespace backtest
