// One Parquet file of a Delta table as a table of its own: under the table's names, with the values that its partition
// gives, without deleted rows, and with columns that are younger than the file missing in all rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "object_storage/delta_table.hpp"

namespace backtest {

class DeltaRows final : public Table {
 public:
  // `rows` null: a table without a file, and so without rows.
  DeltaRows(std::string path, std::shared_ptr<const DeltaTable> table, const DeltaFile* file,
            std::unique_ptr<Table> rows, const TableFormat& format);

  bool may_hold_numbers(std::size_t column) const override;
  void scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) override;

 private:
  struct Plan;

  bool holds_dates(std::size_t column) const override;
  bool is_partition(std::size_t column) const;
  // nullopt: null.
  std::optional<std::string> partition_value(std::size_t column) const;
  std::optional<std::size_t> place_in_file(std::size_t column) const;
  void plan_keys(const TableScan& scan, SymbolTable& symbols, Plan& plan) const;
  Plan plan(const TableScan& scan, SymbolTable& symbols) const;

  std::shared_ptr<const DeltaTable> table_;
  const DeltaFile* file_;
  std::unique_ptr<Table> rows_;
};

}  // namespace backtest
