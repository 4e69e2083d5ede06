// Tables by other writers, where they are at hand: each reads equal to its rows, or is refused by the feature's name.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/number_text.hpp"
#include "data/delta/delta_tables.hpp"
#include "data/delta/open_delta.hpp"
#include "data/local_sources.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

// Puts the numbers of every row that counts together.
class RowCollector final : public TableSink {
 public:
  explicit RowCollector(std::size_t columns) : columns_(columns) {}
  void place(const RowKeys& keys, std::span<Cell> cells) override {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      if (keys.day[row] == no_day) continue;
      cells[row] = rows.size();
      rows.emplace_back(columns_);
    }
  }
  void store(const ColumnBatch& batch) override {
    for (std::size_t row = 0; row < batch.cells.size(); ++row) {
      if (batch.cells[row] != no_cell) rows[batch.cells[row]][batch.column] = number_text(batch.values[row]);
    }
  }
  std::vector<std::vector<std::string>> rows;

 private:
  std::size_t columns_;
};

using Rows = std::vector<std::vector<std::string>>;

// The rows of all parts, the named columns of each, sorted. Text that is no number is left out of both sides.
Rows rows_of(const std::vector<TablePart>& parts, const DataSources& sources, const std::vector<std::string>& names) {
  Rows all;
  for (const TablePart& part : parts) {
    const std::unique_ptr<Table> table = open_part(sources, part, {});
    TableScan scan;
    scan.day = make_date(2024, 1, 1);
    for (const std::string& name : names) scan.values.push_back(table->column(name).value());
    SymbolTable symbols;
    RowCollector collector(names.size());
    table->scan(scan, symbols, collector);
    all.insert(all.end(), collector.rows.begin(), collector.rows.end());
  }
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> numbers_in(const Table& table) {
  std::vector<std::string> names;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if (table.may_hold_numbers(column)) names.push_back(table.columns()[column]);
  }
  return names;
}

// Empty where the table reads as it should.
std::string fault_of(const fs::path& root) {
  const fs::path directory = fs::exists(root / "delta") ? root / "delta" : root;
  const auto sources = local_sources();
  const auto tables = delta_tables(sources, delta_directories(), LastDeltaVersion{}, {});
  const RowsWanted everything{.symbols = std::nullopt, .first = std::nullopt, .last = make_date(9999, 12, 31)};
  const std::vector<TablePart> parts = tables->parts(directory.string(), everything);
  if (!fs::exists(root / "expected")) return "";
  const std::vector<TablePart> expected = table_parts(*sources, (root / "expected").string());
  const std::vector<std::string> known = numbers_in(*open_part(*sources, parts.front(), {}));
  std::vector<std::string> names;
  for (const std::string& name : numbers_in(*open_part(*sources, expected.front(), {}))) {
    if (std::ranges::find(known, name) != known.end()) names.push_back(name);
  }
  return rows_of(parts, *sources, names) == rows_of(expected, *sources, names) ? "" : "its rows are others";
}

TEST(GoldenTables, ReadEqualToTheirRowsOrAreRefusedByName) {
  const fs::path golden = fs::path(BACKTEST_SOURCE_DIR) / "../shared/golden/delta";
  if (!fs::exists(golden)) GTEST_SKIP() << "the tables are not at hand";
  // What must be refused, and a word of the refusal.
  const std::map<std::string, std::string> refused = {
      {"canonicalized-paths-special-a", "files outside of the table's directory"},
      {"deltalog-invalid-protocol-version", "version"},
  };
  TemporaryFiles files;
  for (const fs::directory_entry& entry : fs::directory_iterator(golden)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".tar.zst")) continue;
    const std::string table = name.substr(0, name.size() - 8);
    SCOPED_TRACE(table);
    ASSERT_EQ(
        std::system(("tar --zstd -xf '" + entry.path().string() + "' -C '" + files.directory().string() + "'").c_str()),
        0);
    try {
      EXPECT_EQ(fault_of(files.directory() / table), "");
      EXPECT_FALSE(refused.contains(table)) << "it was read";
    } catch (const InvalidInput& refusal) {
      const auto expected = refused.find(table);
      EXPECT_TRUE(expected != refused.end() && std::string(refusal.what()).find(expected->second) != std::string::npos)
          << refusal.what();
    }
  }
}

}  // namespace
}  // namespace backtest
