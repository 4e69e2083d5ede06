#include "execute/describe_table.hpp"

#include <gtest/gtest.h>

#include "base/diagnostic.hpp"
#include "data/local_sources.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

class DescribeTable : public testing::Test {
 protected:
  json::object described(const std::string& name, const std::string& text) {
    files_.write(name, text);
    return describe_table(local_sources(), files_.path(name));
  }

  TemporaryFiles files_;
};

TEST_F(DescribeTable, ALongTableOfPrices) {
  const json::object told =
      described("p.csv", "date,symbol,close\n2024-01-02,A,10\n2024-01-03,A,11\n2024-01-03,B,20\n2024-01-05,A,\n");
  EXPECT_EQ(told.at("rows"), 4);
  EXPECT_EQ(told.at("dates"), 3);
  EXPECT_EQ(told.at("first_date"), "2024-01-02");
  EXPECT_EQ(told.at("last_date"), "2024-01-05");
  EXPECT_EQ(told.at("symbols"), 2);
  EXPECT_EQ(told.at("symbol_names"), (json::array{"A", "B"}));
  const json::object& close = told.at("columns").as_array().at(2).as_object();
  EXPECT_EQ(close.at("kind"), "number");
  EXPECT_EQ(close.at("numbers"), 3);
  EXPECT_EQ(close.at("missing"), 1);
  EXPECT_EQ(close.at("least").to_number<double>(), 10.0);
  EXPECT_EQ(close.at("greatest").to_number<double>(), 20.0);
  EXPECT_EQ(told.at("as_prices").at("accepted"), true);
  EXPECT_EQ(told.at("preview").at("rows").as_array().at(3), (json::array{"2024-01-05", "A", nullptr}));
}

TEST_F(DescribeTable, RowsOfATextThatIsNoNumberAreToldByTheLoader) {
  const json::object told = described("p.csv", "date,symbol,close\n2024-01-02,A,ten\nsoon,A,11\n2024-01-03,A,12\n");
  EXPECT_EQ(told.at("rows"), 2);
  EXPECT_EQ(told.at("refused").as_array().size(), 1u);
  EXPECT_EQ(told.at("refused").as_array()[0].at("line"), 3);
  EXPECT_EQ(told.at("as_prices").at("accepted"), false);
  EXPECT_FALSE(told.at("as_prices").at("errors").as_array().empty());
}

TEST_F(DescribeTable, HolesLieBetweenASymbolsFirstAndLastRow) {
  std::string text = "date,symbol,close\n";
  for (int day = 1; day <= 9; ++day) {
    const std::string date = "2024-01-0" + std::to_string(day);
    text += date + ",A,1\n";
    if (day == 3 || day == 7) text += date + ",B,1\n";
    if (day > 6) text += date + ",C,1\n";
  }
  const json::object holes = described("p.csv", text).at("holes").as_object();
  EXPECT_EQ(holes.at("days"), 3);
  EXPECT_EQ(holes.at("symbols"), 1);
  EXPECT_EQ(holes.at("worst").as_array().at(0).at("symbol"), "B");
}

TEST_F(DescribeTable, AWideTableIsReadAsOne) {
  const json::object told = described("w.csv", "date,A,B\n2024-01-02,1,2\n2024-01-03,2,3\n");
  EXPECT_EQ(told.at("symbol_column"), nullptr);
  EXPECT_EQ(told.at("as_prices").at("layout"), "wide");
  EXPECT_EQ(told.at("as_prices").at("accepted"), true);
}

TEST_F(DescribeTable, ATableWithoutDatesIsDescribedAllTheSame) {
  const json::object told = described("t.csv", "name,score\nA,1\nB,2\n");
  EXPECT_EQ(told.at("rows"), 2);
  EXPECT_EQ(told.at("date_column"), nullptr);
  EXPECT_EQ(told.at("first_date"), nullptr);
  EXPECT_EQ(told.at("as_prices").at("accepted"), false);
  EXPECT_EQ(told.at("as_prices").at("errors").as_array().at(0).at("message"), "the table has no column of dates");
}

TEST_F(DescribeTable, ATableWithoutRowsSaysWhyNoRunTakesIt) {
  const json::object told = described("p.csv", "date,symbol,close\n");
  EXPECT_EQ(told.at("rows"), 0);
  EXPECT_EQ(told.at("as_prices").at("accepted"), false);
  EXPECT_EQ(told.at("as_prices").at("errors").as_array().at(0).at("message"), "the table has no rows with a date");
  EXPECT_EQ(told.at("as_prices").at("warnings"), json::array());
}

TEST_F(DescribeTable, WhatIsNoTableIsRefused) {
  EXPECT_THROW(described("p.parquet", "no parquet"), InvalidInput);
  EXPECT_THROW(described("p.csv.gz", "no gzip"), InvalidInput);
  EXPECT_THROW(described("p.csv", ""), InvalidInput);
}

}  // namespace
}  // namespace backtest
