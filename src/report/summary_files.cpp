// summary.json, its alias metrics.json, and the one-row summary.parquet (ART-9).
#include <boost/json/object.hpp>

#include "report/artifacts.hpp"
#include "report/output_file.hpp"
#include "report/parquet_file.hpp"

namespace backtest {

namespace {

void write_summary_parquet(const RunView& run) {
  const ReportRequest& request = run.request;
  const Summary& summary = run.summary;
  const std::string_view run_id[] = {request.run_id};
  const std::string_view run_name[] = {request.run_name ? std::string_view(*request.run_name) : std::string_view()};
  const std::int32_t start_date[] = {request.start_date.days}, end_date[] = {request.end_date.days};
  const double numbers[] = {summary.initial_cash,          summary.final_nav,
                            summary.total_return,          summary.annualized_return.value_or(missing),
                            summary.annualized_volatility, summary.sharpe_ratio.value_or(missing),
                            summary.max_drawdown};
  const auto number = [&](std::size_t index) { return Numbers{std::span(numbers).subspan(index, 1)}; };
  const std::int64_t trades[] = {static_cast<std::int64_t>(summary.fill_count)};
  const ParquetColumn columns[] = {
      {"run_id", Texts{run_id}},     {"run_name", Texts{run_name}},    {"start_date", Dates{start_date}},
      {"end_date", Dates{end_date}}, {"initial_cash", number(0)},      {"final_equity", number(1)},
      {"total_return", number(2)},   {"annualized_return", number(3)}, {"annualized_volatility", number(4)},
      {"sharpe_ratio", number(5)},   {"max_drawdown", number(6)},      {"trades", Integers{trades}}};
  write_parquet(run.directory / "summary.parquet", columns);
}

}  // namespace

void write_summary_files(const RunView& run, const json::object& summary) {
  const std::string text = json_text(summary, JsonLayout::indented);
  write_file(run.directory / "summary.json", text);
  if (run.request.save_metrics_json) write_file(run.directory / "metrics.json", text);
  if (run.request.save_summary_parquet) write_summary_parquet(run);
}

}  // namespace backtest
