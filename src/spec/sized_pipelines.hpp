// The pipelines of a policy, each with the sizer that it feeds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/policy.hpp"

namespace backtest {

struct SizedPipeline {
  const PipelinePolicy& pipeline;
  const SizerPolicy& sizer;
  std::string path;                // of its strategy in a config
  std::optional<std::size_t> leg;  // of a composite
};

// The strategy itself, or its enabled legs, those of them that are pipelines. They refer to `policy`.
std::vector<SizedPipeline> sized_pipelines(const Policy& policy);

}  // namespace backtest
