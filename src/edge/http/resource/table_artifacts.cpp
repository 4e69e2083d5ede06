#include "edge/http/resource/table_artifacts.hpp"

#include <string>

#include "edge/http/message/problem.hpp"

namespace backtest {

std::unique_ptr<ArtifactTable> open_table(const RunArtifacts& run, const TableName& name,
                                          const std::vector<std::string_view>& columns) {
  const std::string& prefix = run.record.artifacts->prefix;
  const auto holder_of = [&](std::string_view file) -> ArtifactStore* {
    for (ArtifactStore* place : run.places) {
      if (place->open(run.record.run_id, prefix, file, {})) return place;
    }
    return nullptr;
  };
  std::string file(prefix.empty() ? name.csv : name.parquet);
  ArtifactStore* place = holder_of(file);
  if (place == nullptr) {
    file = prefix.empty() ? name.parquet : name.csv;
    place = holder_of(file);
  }
  if (place == nullptr) throw HttpError(404, "artifact_not_found", "the run has no artifact " + std::string(name.csv));
  // Called again while the answer is sent, when the record is gone: so it has copies of what it needs.
  const OpenArtifact open = [place, file, prefix, run_id = run.record.run_id](const ByteRange& range) {
    auto opened = place->open(run_id, prefix, file, range);
    if (!opened) throw HttpError(404, "artifact_not_found", "the run has no artifact " + file);
    return std::move(*opened);
  };
  return file.ends_with(".parquet") ? open_parquet_table_artifact(open, columns)
                                    : open_csv_table_artifact(open, columns);
}

}  // namespace backtest
