// config.resolved.json, config.yaml and config.parquet (ART-3): what ran, as it was understood.
#include <boost/json/object.hpp>

#include "base/utc_time.hpp"
#include "report/artifacts.hpp"
#include "report/output_file.hpp"
#include "report/parquet_file.hpp"

namespace backtest {

namespace {

void write_config_parquet(const RunView& run, const json::object& config) {
  const std::string text = json_text(config);
  const std::string_view run_id[] = {run.request.run_id};
  const std::string_view config_json[] = {text};
  const std::int64_t submitted_at[] = {parse_utc(run.request.submitted_at).value_or(0)};
  const ParquetColumn columns[] = {
      {"run_id", Texts{run_id}}, {"submitted_at", Timestamps{submitted_at}}, {"config_json", Texts{config_json}}};
  write_parquet(run.directory / "config.parquet", columns);
}

}  // namespace

void write_config_files(const RunView& run) {
  json::object config = run.request.resolved_config.as_object();
  config["run_id"] = run.request.run_id;
  config["submitted_at"] = run.request.submitted_at;
  config["config_sha256"] = run.request.config_sha256;
  if (run.request.save_resolved_config_json) {
    write_file(run.directory / "config.resolved.json", json_text(config, JsonLayout::indented));
  }
  write_file(run.directory / "config.yaml", run.request.resolved_config_yaml);
  if (run.request.save_config_parquet) write_config_parquet(run, config);
}

}  // namespace backtest
