// The files behind a path of a config: one, those that match a pattern, or those of a partitioned directory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "data/data_source.hpp"
#include "data/table.hpp"

namespace backtest {

class PartReader;

struct TablePart {
  std::string path;
  // What the directories say: symbol=KO, date=2024-01-31. A column of the file wins.
  std::string symbol;
  std::optional<Date> day;
  std::shared_ptr<const PartReader> reader = nullptr;  // how it is opened where it is no file of its own
};

std::unique_ptr<Table> open_part(const DataSources& sources, const TablePart& part, const TableFormat& format);
// What changes when the part's rows may have changed; unset where nothing tells. Opens it, and so owes its checks.
std::optional<std::string> identity_of_part(const DataSources& sources, const TablePart& part);

// In the order of their paths. A pattern has *, ? and [...] within a name and ** for any directories; of a directory
// all tables below it count, but names that begin with '.' or '_'. Throws InvalidInput where there is none, or where a
// directory holds something else.
std::vector<TablePart> table_parts(const DataSources& sources, const std::string& path);

bool is_pattern(const std::string& path);
// The text as a pattern that matches it alone.
std::string escaped_for_pattern(const std::string& text);

}  // namespace backtest
