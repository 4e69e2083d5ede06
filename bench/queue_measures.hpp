// What the queue's benchmark measures of this store on a migrated database: measure -> figure, in the units that
// queue_bench.cpp prints. bench/peers/measure.mjs measures the same of two other queues.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace backtest {

using Figures = std::map<std::string, double>;

struct QueueBenchPlan {
  std::vector<int> backlogs{1'000, 100'000, 1'000'000};
  int cost_runs = 10'000;     // over which commits and WAL are counted
  int latency_runs = 400;     // submitted to an idle worker, one by one
  int held_backlog = 20'000;  // behind which runs are processed while a snapshot is held
};

Figures measure_queue(const Secret& dsn, const QueueBenchPlan& plan);

}  // namespace backtest
