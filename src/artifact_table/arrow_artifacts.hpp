// What of reading artifacts is Arrow's, and lies in libbacktest_arrow.so (artifact_table/parquet).
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "artifact_table/artifact_table.hpp"

namespace backtest {

struct ArrowArtifacts {
  std::unique_ptr<ArtifactTable> (*open_parquet)(OpenArtifact open, const std::vector<std::string_view>& columns);
};

}  // namespace backtest

extern "C" [[gnu::visibility("default")]] const backtest::ArrowArtifacts backtest_arrow_artifacts;
