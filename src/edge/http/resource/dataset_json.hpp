// A version of a data set as the API shows it.
#pragma once

#include "base/json.hpp"
#include "dataset/dataset_catalog.hpp"

namespace backtest {

enum class DatasetDetail { headline, with_description };

json::object dataset_json(const DatasetVersion& version, DatasetDetail detail);

}  // namespace backtest
