// Files of some place as tables: one, those that a pattern matches, or those of a directory (table_parts.hpp).
#pragma once

#include <memory>

#include "data/data_source.hpp"
#include "data/table_source.hpp"

namespace backtest {

std::shared_ptr<const TableSource> file_tables(std::shared_ptr<const DataSources> files);

// Its parts, each opened from `files`.
std::vector<TablePart> file_parts(const std::shared_ptr<const DataSources>& files, const std::string& path);

}  // namespace backtest
