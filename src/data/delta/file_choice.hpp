// Which files of a Delta table may hold rows that are wanted, by their partition values and statistics. A file about
// which nothing is known is read.
#pragma once

#include <optional>
#include <vector>

#include "data/table_format.hpp"
#include "data/table_source.hpp"
#include "object_storage/delta_table.hpp"

namespace backtest {

struct ChosenFile {
  const DeltaFile* file = nullptr;
  std::optional<Date> last_day;  // no row is later; unset where nothing tells
};

// In the order of the table. `format` says under which names the run reads columns.
std::vector<ChosenFile> choose_files(const DeltaTable& table, const RowsWanted& rows, const TableFormat& format);

}  // namespace backtest
