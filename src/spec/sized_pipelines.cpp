#include "spec/sized_pipelines.hpp"

#include <fmt/format.h>

#include <variant>

namespace backtest {

std::vector<SizedPipeline> sized_pipelines(const Policy& policy) {
  std::vector<SizedPipeline> found;
  if (const auto* pipeline = std::get_if<PipelinePolicy>(&policy.strategy)) {
    found.push_back({.pipeline = *pipeline, .sizer = policy.sizer, .path = "strategy", .leg = std::nullopt});
  }
  const auto* composite = std::get_if<CompositePolicy>(&policy.strategy);
  for (std::size_t i = 0; composite != nullptr && i < composite->legs.size(); ++i) {
    const LegPolicy& leg = composite->legs[i];
    const auto* pipeline = std::get_if<PipelinePolicy>(&leg.strategy);
    if (pipeline == nullptr || !leg.enabled) continue;
    found.push_back(
        {.pipeline = *pipeline, .sizer = leg.sizer, .path = fmt::format("strategy.legs[{}].strategy", i), .leg = i});
  }
  return found;
}

}  // namespace backtest
