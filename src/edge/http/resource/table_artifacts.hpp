// The tables behind the series and the trades: a run of this service has them as Parquet; one of the Python service as
// CSV at least, and that is what its own readers read.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "artifact_table/artifact_table.hpp"
#include "edge/http/resource/run_artifacts.hpp"

namespace backtest {

struct TableName {
  std::string_view parquet, csv;
};

// HttpError 404 where the run has neither.
std::unique_ptr<ArtifactTable> open_table(const RunArtifacts& run, const TableName& name,
                                          const std::vector<std::string_view>& columns);

}  // namespace backtest
