#include <utility>

#include "arrow_library/arrow_library.hpp"
#include "artifact_table/arrow_artifacts.hpp"
#include "artifact_table/artifact_table.hpp"

namespace backtest {

std::unique_ptr<ArtifactTable> open_parquet_table_artifact(OpenArtifact open,
                                                           const std::vector<std::string_view>& columns) {
  return arrow_functions<ArrowArtifacts>("backtest_arrow_artifacts").open_parquet(std::move(open), columns);
}

}  // namespace backtest
