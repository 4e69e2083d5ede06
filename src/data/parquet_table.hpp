// A Parquet file as a Table. Columns are decoded batch by batch, never a whole table at once.
#pragma once

#include <memory>

#include "data/table.hpp"

namespace backtest {

std::unique_ptr<Table> open_parquet_table(std::shared_ptr<const DataSource> source, const TableFormat& format);

}  // namespace backtest
