// A source as a file of Arrow. Included by .cpp files only: it pulls in Arrow.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>

#include "data/data_source.hpp"

namespace backtest {

std::shared_ptr<arrow::io::RandomAccessFile> arrow_file(std::shared_ptr<const DataSource> source);

}  // namespace backtest
