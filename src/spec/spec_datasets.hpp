// The data sets that a config names in place of paths.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/dataset_reference.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct NamedDataset {
  std::string key;  // of the config, for messages
  DatasetReference dataset;
};

// In the order of the config's keys; the same one may stand in several.
std::vector<NamedDataset> datasets_of(const Spec& spec);

// Puts what `versioned` makes of each into the resolved and the canonical form, and into the hash.
void set_dataset_versions(Spec& spec, const std::function<DatasetReference(const DatasetReference&)>& versioned);

}  // namespace backtest
