// The data sets of the service as one caller may see them, and what a config's names of them stand for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dataset/dataset_catalog.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"
#include "spec/spec.hpp"

namespace backtest {

// HttpError 404 where the service keeps none (BACKTEST_ALLOW_DATASETS).
DatasetCatalog& require_datasets(ApiContext& context);

// What a caller may read (AUTH-7); another's does not exist for it.
DatasetFilter readable_datasets(const ApiContext& context, const Principal& caller);
DatasetFilter changeable_datasets(const ApiContext& context, const Principal& caller);

// Puts a version to each data set that the spec names without one: the one that was put last, as the caller sees it.
// Appends what is not there.
void resolve_datasets(ApiContext& context, const Principal& caller, Spec& spec, std::vector<Diagnostic>& refused);

// Runs that keep data sets from being removed, as one caller may know them.
struct NeedingRuns {
  std::vector<std::string> run_ids;  // which the caller may read
  bool has_others = false;           // runs that do not exist for the caller (AUTH-7) are not named
};

// Queued and running runs whose config names one of the versions; at most `most` are named. nullopt where none does.
std::optional<NeedingRuns> runs_that_need(ApiContext& context, const Principal& caller,
                                          const std::vector<SharedDataset>& versions, std::size_t most);

}  // namespace backtest
