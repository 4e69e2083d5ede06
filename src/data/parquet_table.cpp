#include "data/parquet_table.hpp"

#include <utility>

#include "arrow_library/arrow_library.hpp"
#include "data/arrow_tables.hpp"

namespace backtest {

std::unique_ptr<Table> open_parquet_table(std::shared_ptr<const DataSource> source, const TableFormat& format) {
  return arrow_functions<ArrowTables>("backtest_arrow_tables").open_parquet(std::move(source), format);
}

}  // namespace backtest
