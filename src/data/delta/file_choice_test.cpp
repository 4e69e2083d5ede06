// Which files of a Delta table are read for the days and symbols asked for.
#include "data/delta/file_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace backtest {
namespace {

using ::testing::ElementsAre;

DeltaTable table_of(std::string date_type, std::vector<DeltaFile> files) {
  return {.version = 1,
          .columns = {{.name = "date", .type = std::move(date_type), .physical_name = "col-1"},
                      {.name = "symbol", .type = "string", .physical_name = "symbol"},
                      {.name = "close", .type = "double", .physical_name = "close"}},
          .files = std::move(files)};
}

DeltaFile with_statistics(std::string name, std::string least, std::string most, std::string least_symbol = "",
                          std::string most_symbol = "") {
  DeltaFile file{.path = name};
  std::string symbols = least_symbol.empty() ? "" : R"(,"symbol":")" + least_symbol + "\"";
  std::string most_symbols = most_symbol.empty() ? "" : R"(,"symbol":")" + most_symbol + "\"";
  file.statistics = R"({"numRecords":2,"minValues":{"col-1":")" + least + "\"" + symbols +
                    R"(},"maxValues":{"col-1":")" + most + "\"" + most_symbols + "}}";
  return file;
}

RowsWanted january(std::vector<std::string> symbols = {"KO", "PEP"}) {
  return {.symbols = std::move(symbols), .first = make_date(2024, 1, 1), .last = make_date(2024, 1, 31)};
}

std::vector<std::string> chosen(const DeltaTable& table, const RowsWanted& rows) {
  std::vector<std::string> names;
  for (const ChosenFile& file : choose_files(table, rows, {})) names.push_back(file.file->path);
  return names;
}

TEST(FileChoice, GoesByTheBoundsOfDates) {
  const DeltaTable table = table_of(
      "date",
      {with_statistics("before", "2023-11-01", "2023-12-31"), with_statistics("across", "2023-12-01", "2024-01-01"),
       with_statistics("inside", "2024-01-05", "2024-01-06"), with_statistics("last", "2024-01-31", "2024-02-06"),
       with_statistics("after", "2024-02-01", "2024-02-06")});
  EXPECT_THAT(chosen(table, january()), ElementsAre("across", "inside", "last"));
  RowsWanted warm = january();
  warm.warmup_bars = 3;
  EXPECT_THAT(chosen(table, warm), ElementsAre("before", "across", "inside", "last"));
  EXPECT_EQ(choose_files(table, warm, {})[0].last_day, make_date(2023, 12, 31));
}

TEST(FileChoice, LeavesTimestampsADayOnEachSide) {
  for (const char* type : {"timestamp", "timestamp_ntz"}) {
    const DeltaTable table =
        table_of(type, {with_statistics("before", "2023-12-29T00:00:00.000Z", "2023-12-30T00:00:00.000Z"),
                        with_statistics("near", "2023-12-29T00:00:00.000Z", "2023-12-31T00:00:00.000Z"),
                        with_statistics("next", "2024-02-01T00:00:00", "2024-02-01T00:00:00"),
                        with_statistics("after", "2024-02-02T00:00:00", "2024-02-02T00:00:00")});
    EXPECT_THAT(chosen(table, january()), ElementsAre("near", "next")) << type;
  }
}

TEST(FileChoice, GoesByTheBoundsOfSymbols) {
  const std::string day = "2024-01-02";
  const DeltaTable table = table_of(
      "date",
      {with_statistics("lower", day, day, "A", "BRK"), with_statistics("holds", day, day, "A", "KO"),
       with_statistics("between", day, day, "KOA", "PEE"), with_statistics("upper", day, day, "PEPA", "X"),
       with_statistics("cut off", day, day, "KOA", "PE"), with_statistics("blank behind", day, day, "KO ", "KO "),
       with_statistics("blank before", day, day, " X", "Z")});
  EXPECT_THAT(chosen(table, january()), ElementsAre("holds", "cut off", "blank behind", "blank before"));
  RowsWanted all = january();
  all.symbols.reset();
  EXPECT_EQ(chosen(table, all).size(), table.files.size());
}

DeltaFile in_partition(std::string name, std::map<std::string, std::string> values) {
  DeltaFile file{.path = std::move(name)};
  file.partition_values = std::move(values);
  return file;
}

TEST(FileChoice, GoesByPartitions) {
  DeltaTable table = table_of("date", {in_partition("day", {{"col-1", "2024-01-02"}, {"symbol", "KO"}}),
                                       in_partition("other day", {{"col-1", "2024-02-02"}, {"symbol", "KO"}}),
                                       in_partition("other symbol", {{"col-1", "2024-01-02"}, {"symbol", "XOM"}}),
                                       in_partition("null", {{"symbol", "KO"}})});
  table.columns[0].is_partition = table.columns[1].is_partition = true;
  EXPECT_THAT(chosen(table, january()), ElementsAre("day", "null"));
}

TEST(FileChoice, ReadsWhatNothingIsKnownAbout) {
  DeltaFile none{.path = "none"};
  DeltaFile damaged{.path = "damaged", .statistics = "{\"numRecords\":"};
  EXPECT_THAT(chosen(table_of("date", {none, damaged}), january()), ElementsAre("none", "damaged"));
  // Text dates need not sort as days do.
  EXPECT_THAT(chosen(table_of("string", {with_statistics("text", "02.01.2023", "03.01.2023")}), january()),
              ElementsAre("text"));
}

}  // namespace
}  // namespace backtest
