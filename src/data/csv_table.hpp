// A CSV file, plain or gzipped, as a Table.
#pragma once

#include <memory>

#include "data/table.hpp"

namespace backtest {

enum class Compression { none, gzip };

std::unique_ptr<Table> open_csv_table(std::shared_ptr<const DataSource> source, Compression compression,
                                      const TableFormat& format);

}  // namespace backtest
