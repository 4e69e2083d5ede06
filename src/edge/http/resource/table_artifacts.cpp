#include "edge/http/resource/table_artifacts.hpp"

#include "edge/http/message/problem.hpp"
#include "edge/http/resource/run_artifacts.hpp"

namespace backtest {

std::unique_ptr<ArtifactTable> open_table(ApiContext& context, const RunRecord& record, const TableName& name,
                                          const std::vector<std::string_view>& columns) {
  const auto has = [&](std::string_view file) {
    return context.artifacts.open(record.run_id, record.artifacts->prefix, file, {}).has_value();
  };
  const bool is_ours = !record.artifacts->prefix.empty();
  const bool as_parquet = is_ours ? has(name.parquet) : !has(name.csv) && has(name.parquet);
  // Called again while the answer is sent, when the record is gone: so it has copies of what it needs.
  const OpenArtifact open = [&artifacts = context.artifacts, run_id = record.run_id, prefix = record.artifacts->prefix,
                             file = std::string(as_parquet ? name.parquet : name.csv)](const ByteRange& range) {
    auto opened = artifacts.open(run_id, prefix, file, range);
    if (!opened) throw HttpError(404, "artifact_not_found", "the run has no artifact " + file);
    return std::move(*opened);
  };
  return as_parquet ? open_parquet_table_artifact(open, columns) : open_csv_table_artifact(open, columns);
}

}  // namespace backtest
