// strategy_debug/ (CS-12): one small file per emitting bar and table, below the run or below a leg.
#include <tuple>

#include "report/artifacts.hpp"
#include "report/csv_file.hpp"
#include "report/leg_directory.hpp"
#include "report/words.hpp"

namespace backtest {

namespace {

std::filesystem::path debug_path(const RunView& run, const DebugRow& row) {
  const std::filesystem::path base =
      row.leg < 0 ? run.directory : leg_directory(run.request, static_cast<std::size_t>(row.leg));
  return base / "strategy_debug" / (to_text(run.date_of_bar(row.bar)) + "_" + std::string(word(row.table)) + ".csv");
}

CsvFile open_table(const std::filesystem::path& path, DebugTable table) {
  switch (table) {
    case DebugTable::universe:
      return {path, {"symbol"}};
    case DebugTable::raw_scores:
      return {path, {"symbol", "raw_score"}};
    case DebugTable::selected:
      return {path, {"symbol", "selected_score"}};
    case DebugTable::held:
      return {path, {"symbol", "held_score"}};
    case DebugTable::scores:
      return {path, {"symbol", "score"}};
    case DebugTable::scales:
      return {path, {"symbol", "scale"}};
    case DebugTable::exits:
      break;
  }
  return {path, {"symbol", "exit", "scale", "reasons"}};
}

void write_row(const RunView& run, const DebugRow& row, CsvFile& csv) {
  csv.text(run.symbol(row.instrument));
  if (row.table == DebugTable::exits) {
    csv.text(row.exit ? "True" : "False").number(row.value).text(row.reasons);
  } else if (row.table != DebugTable::universe) {
    csv.number(row.value);
  }
  csv.end_row();
}

}  // namespace

void write_debug_files(const RunView& run) {
  const auto file_of = [](const DebugRow& row) { return std::tuple(row.bar, row.leg, row.table); };
  for (auto row = run.result.debug.begin(); row != run.result.debug.end();) {
    CsvFile csv = open_table(debug_path(run, *row), row->table);
    const auto file = file_of(*row);
    for (; row != run.result.debug.end() && file_of(*row) == file; ++row) {
      if (!row->marker) write_row(run, *row, csv);
    }
    csv.close();
  }
}

}  // namespace backtest
