// Prices and signals from a real PostgreSQL: they are what the same rows in a file are, and nothing else gets through.
#include "data/postgres/sql_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "data/load.hpp"
#include "data/panel_cache.hpp"
#include "data/temporary_files_for_tests.hpp"
#include "postgres/connection.hpp"
#include "postgres/private_cluster_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SqlTablesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = PrivateCluster::shared().create_database();
    run("create schema market");
    run("create table market.prices (date date, symbol text, open real, close numeric(12, 4), volume bigint)");
    run("insert into market.prices values ('2023-12-28', 'KO', 8, 9, 100), ('2023-12-29', 'KO', 9, 9.5, 100),"
        " ('2024-01-02', 'KO', 10, 10.25, 100), ('2024-01-02', 'PEP', 20, 20.5, null),"
        " ('2024-01-03', 'KO', 11, null, 300), ('2024-01-03', 'PEP', 21, 21.5, 400), ('2024-01-03', 'XOM', 1, 1, 1),"
        " ('2024-02-01', 'KO', 12, 12, 12)");
  }

  void run(const std::string& sql) {
    PostgresConnection connection(ConnectionString(Secret(dsn())), {});
    connection.run_script(sql);
  }
  std::string dsn(const std::string& user = "postgres") { return PrivateCluster::shared().dsn(database_, user); }

  LoadRequest request(const std::string& table = "market.prices", std::vector<std::string> symbols = {"KO", "PEP"}) {
    LoadRequest made;
    made.price_path = table;
    made.symbols = std::move(symbols);
    made.start_date = make_date(2024, 1, 1);
    made.end_date = make_date(2024, 1, 31);
    made.price_tables = sql_tables({.dsn = Secret(dsn()), .allowed_tables = allowed});
    made.signal_tables = made.price_tables;
    return made;
  }

  std::string refusal(const LoadRequest& made) {
    try {
      load_market_data(made);
      return "no refusal";
    } catch (const InvalidInput& refused) {
      return refused.what();
    }
  }

  std::optional<std::vector<std::string>> allowed;
  TemporaryFiles files;

 private:
  std::string database_;
};

TEST_F(SqlTablesTest, PricesAreThoseOfAFileWithTheSameRows) {
  LoadRequest from_file = request(files.write("prices.csv",
                                              "date,symbol,open,close,volume\n2024-01-02,KO,10,10.25,100\n"
                                              "2024-01-02,PEP,20,20.5,\n2024-01-03,KO,11,,300\n"
                                              "2024-01-03,PEP,21,21.5,400\n"));
  from_file.price_tables = nullptr;
  EXPECT_EQ(load_market_data(request()).fingerprint, load_market_data(from_file).fingerprint);
}

TEST_F(SqlTablesTest, OnlyTheRowsAskedForComeAndWarmupIsAskedFor) {
  LoadRequest made = request();
  made.warmup_bars = 1;
  const LoadedData loaded = load_market_data(made);
  std::vector<std::string> dates;
  for (const Date date : loaded.market.prices.dates) dates.push_back(to_text(date));
  EXPECT_THAT(dates, ElementsAre("2023-12-29", "2024-01-02", "2024-01-03"));
}

TEST_F(SqlTablesTest, EveryTypeThatMakesSenseIsReadAndOthersAreNamed) {
  struct Case {
    const char* type;
    const char* literal;
    const char* refusal;  // empty: it is read
  };
  for (const auto& [type, literal, refused] :
       {Case{"timestamp", "'2024-01-02'", ""}, Case{"timestamptz", "'2024-01-02 00:00+00'", ""},
        Case{"text", "'2024-01-02'", ""}, Case{"timestamp", "'infinity'", "has no row"},
        Case{"text", "'2024-13-02'", "'2024-13-02'"}, Case{"integer", "20240102", "holds integer and no dates"},
        Case{"text", "null", "the date is missing"}, Case{"boolean", "true", "holds boolean and no dates"}}) {
    run(std::string("drop view if exists market.v; create view market.v as select ") + literal + "::" + type +
        " as date, 'KO'::varchar as symbol, 1.5::float8 as close, 1::int2 as open");
    EXPECT_THAT(refusal(request("market.v", {"KO"})), *refused == '\0' ? HasSubstr("no refusal") : HasSubstr(refused))
        << type << " " << literal;
  }
  run("create view market.w as select date '2024-01-02' as date, 'KO' as symbol, 1 as open, '1'::text as close");
  EXPECT_THAT(refusal(request("market.w", {"KO"})), HasSubstr("market.w:close: holds text and no numbers"));
}

TEST_F(SqlTablesTest, NothingThatAConfigSaysBecomesSql) {
  const std::vector<std::string> hostile = {"KO'); drop table market.prices; --", "{KO,\"PEP\"}", "\\", "\"", "KO"};
  EXPECT_EQ(load_market_data(request("market.prices", hostile)).market.prices.instrument_count(), hostile.size());
  EXPECT_THAT(refusal(request("market.prices; drop table market.prices")), HasSubstr("write schema.table"));
  EXPECT_THAT(refusal(request("market.\"prices\"")), HasSubstr("write schema.table"));
  EXPECT_THAT(refusal(request("prices")), HasSubstr("write schema.table"));
  run("create table market.\"odd \"\" name\" (\"Date of; row\" date, \"the \"\"symbol\"\"\" text, \"c'l\" float8, open "
      "float8);"
      "insert into market.\"odd \"\" name\" values ('2024-01-02', 'KO', 7, 7)");
  run("alter table market.\"odd \"\" name\" rename to \"odd; name\"");
  LoadRequest made = request("market.odd; name", {"KO"});
  made.format.columns = {{"date", "Date of; row"}, {"symbol", "the \"symbol\""}, {"close", "c'l"}};
  EXPECT_EQ(load_market_data(made).market.prices.close[0], 7.0);
  EXPECT_THAT(refusal(request()), HasSubstr("no refusal")) << "the table is still there";
}

TEST_F(SqlTablesTest, WhatTheOperatorDidNotAllowIsRefused) {
  allowed = {"ranking.composite_signal_daily"};
  EXPECT_THAT(refusal(request()), HasSubstr("BACKTEST_ALLOWED_SQL_TABLES"));
}

TEST_F(SqlTablesTest, WhatTheDatabaseRefusesIsSaid) {
  run("do $$ begin create role reader login; exception when duplicate_object then null; end $$");
  LoadRequest made = request();
  made.price_tables = sql_tables({.dsn = Secret(dsn("reader")), .allowed_tables = std::nullopt});
  EXPECT_THAT(refusal(made), HasSubstr("grant select on it"));
  EXPECT_THAT(refusal(request("market.absent")), HasSubstr("no such table or view"));
  made.price_tables = sql_tables({.dsn = Secret("host=/nonexistent password=canary"), .allowed_tables = std::nullopt});
  try {
    load_market_data(made);
    FAIL();
  } catch (const SourceUnavailable& failure) {
    EXPECT_THAT(failure.what(), ::testing::Not(HasSubstr("canary")));
    EXPECT_THAT(failure.what(), HasSubstr("/nonexistent"));
    EXPECT_THAT(failure.for_everybody(), HasSubstr("market.prices: the database of BACKTEST_DATA_POSTGRES_DSN"));
    EXPECT_THAT(failure.for_everybody(), ::testing::Not(HasSubstr("/nonexistent")));
  }
}

TEST_F(SqlTablesTest, NoRowInTheRangeIsAnError) {
  LoadRequest made = request();
  made.start_date = make_date(2025, 1, 1);
  made.end_date = make_date(2025, 2, 1);
  EXPECT_THAT(
      refusal(made),
      HasSubstr("market.prices: the table has no row between 2025-01-01 and 2025-02-01 of the 2 symbols asked"));
}

TEST_F(SqlTablesTest, SignalsAreThoseOfAFileWithTheSameRows) {
  run("create schema ranking; create table ranking.composite_signal_daily (date date not null, year_month text not "
      "null,"
      " symbol text not null, composite_percentile double precision not null, composite_rank integer not null);"
      "insert into ranking.composite_signal_daily values ('2024-01-02', '2024-01', 'KO', 0.75, 2),"
      " ('2024-01-03', '2024-01', 'PEP', 0.5, 1), ('2024-01-03', '2024-01', 'XOM', 0.25, 3)");
  LoadRequest made = request();
  made.signal_columns = {"composite_percentile", "composite_rank"};
  LoadRequest from_file = made;
  made.signal_path = "ranking.composite_signal_daily";
  from_file.signal_tables = nullptr;
  from_file.signal_path = files.write("signals.csv",
                                      "date,symbol,composite_percentile,composite_rank\n2024-01-02,KO,0.75,2\n"
                                      "2024-01-03,PEP,0.5,1\n");
  EXPECT_EQ(load_market_data(made).fingerprint, load_market_data(from_file).fingerprint);
}

// A table that grows while it is read is read as it was.
TEST_F(SqlTablesTest, EverythingIsOfOneMoment) {
  const LoadRequest made = request();
  const std::string before = load_market_data(made).fingerprint;
  run("insert into market.prices values ('2024-01-04', 'KO', 1, 1, 1); delete from market.prices where symbol = 'PEP'");
  EXPECT_EQ(load_market_data(made).fingerprint, before) << "the same source: the same moment";
  EXPECT_NE(load_market_data(request()).fingerprint, before);
}

TEST_F(SqlTablesTest, RowsThatMayHaveChangedAreNotCached) {
  load_market_data_cached(request(), files.directory() / "cache");
  EXPECT_EQ(panel_cache_bytes(files.directory() / "cache"), 0);
}

TEST_F(SqlTablesTest, ManyRowsComeInBatchesAndAnErrorInTheMiddleLeavesNoHalfCopy) {
  run("create table market.many as select date '2024-01-01' + (i % 30) as date, 'S' || i / 30 as symbol,"
      " i::float8 as open, i + 0.5::float8 as close from generate_series(0, 149999) i");
  LoadRequest made = request("market.many");
  made.all_symbols = true;
  made.symbols.clear();
  const LoadedData loaded = load_market_data(made);
  EXPECT_EQ(loaded.market.prices.instrument_count(), 5000);
  double sum = 0.0;
  for (const double close : loaded.market.prices.close) sum += close;
  EXPECT_EQ(sum, 149999.0 * 150000.0 / 2.0 + 75000.0);
  run("insert into market.many values ('2024-01-05', 'S7', 1, 1)");
  EXPECT_THAT(refusal(request("market.many", {"S7"})), HasSubstr("S7"));
}

}  // namespace
}  // namespace backtest
