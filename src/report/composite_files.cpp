// What each leg wanted and what became of it (ART-11).
#include <algorithm>
#include <vector>

#include "report/artifacts.hpp"
#include "report/csv_file.hpp"
#include "report/leg_directory.hpp"

namespace backtest {

namespace {

void write_leg(const RunView& run, std::uint32_t leg) {
  const bool residual = leg >= run.request.leg_names.size();
  const std::string name = residual ? "residual" : run.request.leg_names[leg];
  CsvFile csv(leg_directory(run.request, leg) / "weights.csv", {"date", "leg", "alpha", "symbol", "weight"});
  for (const LegWeightRow& row : run.result.leg_weights) {
    if (row.leg != leg) continue;
    csv.date(run.date_of_bar(row.bar)).text(name).number(row.alpha);
    csv.text(run.symbol(row.instrument)).number(row.weight);
    csv.end_row();
  }
  csv.close();
}

void write_blend(const RunView& run, const char* name, const std::vector<BlendWeightRow>& rows) {
  CsvFile csv(run.directory / "blend" / name, {"date", "symbol", "weight"});
  for (const BlendWeightRow& row : rows) {
    csv.date(run.date_of_bar(row.bar)).text(run.symbol(row.instrument)).number(row.weight);
    csv.end_row();
  }
  csv.close();
}

}  // namespace

void write_composite_files(const RunView& run) {
  if (run.request.leg_names.empty()) return;
  std::vector<bool> has_rows(run.request.leg_names.size() + 1);
  for (const LegWeightRow& row : run.result.leg_weights) has_rows[row.leg] = true;
  for (std::uint32_t leg = 0; leg < has_rows.size(); ++leg) {
    if (has_rows[leg]) write_leg(run, leg);
  }
  write_blend(run, "blended_pre_constraints.csv", run.result.blend_pre_constraints);
  write_blend(run, "blended_post_constraints.csv", run.result.blend_post_constraints);
}

}  // namespace backtest
