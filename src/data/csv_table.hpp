// A CSV file, plain or gzipped, as a Table.
#pragma once

#include <memory>

#include "data/table.hpp"

namespace backtest {

std::unique_ptr<Table> open_csv_table(SourceFile file, FileKind kind);

}  // namespace backtest
