// What the loader makes of sound files, by rule.
#include "data/load.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/load_words_for_tests.hpp"
#include "data/temporary_files_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

LoadRequest request_of(std::string prices, std::vector<std::string> symbols) {
  LoadRequest request;
  request.price_path = std::move(prices);
  request.symbols = std::move(symbols);
  request.start_date = make_date(2024, 1, 1);
  request.end_date = make_date(2024, 12, 31);
  request.fill_policy = FillPolicy::next_close;
  return request;
}

// The cells of one instrument, bar by bar; -1 where missing.
std::vector<double> column(const LoadedData& data, std::span<const double> values, const std::string& symbol) {
  const Panel& prices = data.market.prices;
  const auto found = std::ranges::find(prices.instruments, symbol);
  const auto instrument = static_cast<InstrumentIndex>(found - prices.instruments.begin());
  std::vector<double> cells;
  for (std::size_t bar = 0; bar < prices.bar_count(); ++bar) {
    const double value = values[prices.cell(bar, instrument)];
    cells.push_back(std::isnan(value) ? -1.0 : value);
  }
  return cells;
}

std::vector<std::string> dates(const LoadedData& data) {
  std::vector<std::string> texts;
  for (const Date date : data.market.prices.dates) texts.push_back(to_text(date));
  return texts;
}

std::vector<std::string> warnings(const LoadedData& data) {
  std::vector<std::string> texts;
  for (const Diagnostic& warning : data.warnings) texts.push_back(warning.text());
  return texts;
}

class Load : public ::testing::Test {
 protected:
  LoadedData load(const std::string& text, std::vector<std::string> symbols) {
    return load_market_data(request_of(files.write("prices.csv", text), std::move(symbols)));
  }
  TemporaryFiles files;
};

TEST_F(Load, BarsAreTheDatesOfUniverseRowsInAnyOrderOfRows) {  // DATA-13, DATA-16
  const LoadedData data =
      load("date,symbol,close\n2024-01-04,B,4\n2024-01-02,A,1\n2024-01-03,C,9\n2024-01-04,A,2\n2023-12-29,A,7\n",
           {"B", "A"});
  EXPECT_THAT(dates(data), ElementsAre("2024-01-02", "2024-01-04"));
  EXPECT_THAT(data.market.prices.instruments, ElementsAre("A", "B"));
  EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(1, 2));
  EXPECT_THAT(column(data, data.market.prices.close, "B"), ElementsAre(-1, 4));
  EXPECT_THAT(data.market.prices.has_row, ElementsAre(1, 0, 1, 1));
}

TEST_F(Load, SymbolsAreAlwaysText) {  // W-35, CFG-1
  const LoadedData data =
      load("date,symbol,close\n2024-01-02,NA,1\n2024-01-02,0700,2\n2024-01-02,ON,3\n2024-01-02,null,4\n",
           {"NA", "0700", "ON", "null"});
  EXPECT_THAT(data.market.prices.instruments, ElementsAre("0700", "NA", "ON", "null"));
  EXPECT_THAT(data.market.prices.close, ElementsAre(2, 1, 3, 4));
}

TEST_F(Load, ColumnsAreFoundByAliasAndWithoutCase) {  // DATA-7, DATA-8, W-12
  const LoadedData data = load("Ticker,obs_date,CLOSE,Volume,close\nA,2024-01-02,1,500,2\n", {"A"});
  EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(2));  // the exact name wins
  EXPECT_THAT(column(data, data.market.prices.volume, "A"), ElementsAre(500));
  EXPECT_TRUE(data.market.prices.open.empty());
}

TEST_F(Load, CsvDialect) {  // DATA-6
  const LoadedData data = load(
      "\xEF\xBB\xBF\"date\",symbol,close\r\n\r\n\"2024-01-02\",\"A\"\"1\",\"1.5\"\r\n2024-01-03,\"A\"\"1\",#N/A\r\n"
      "2024-01-04,\"A\"\"1\",+2.5e0",
      {"A\"1"});
  EXPECT_THAT(column(data, data.market.prices.close, "A\"1"), ElementsAre(1.5, -1, 2.5));
  const LoadedData other =
      load("date,symbol,close,note\r2024-01-02,A,1,\"two\nlines, and a comma\"\r2024-01-03,A,2,\r", {"A"});
  EXPECT_THAT(column(other, other.market.prices.close, "A"), ElementsAre(1, 2));
}

TEST_F(Load, NumbersAreCorrectlyRounded) {  // NUM-15
  const LoadedData data =
      load("date,symbol,close\n2024-01-02,A,0.0009999999999996678\n2024-01-03,A,8.5449218750000001\n", {"A"});
  EXPECT_THAT(data.market.prices.close, ElementsAre(0.0009999999999996678, 8.544921875));
}

TEST_F(Load, InfiniteAndNonPositivePricesAreMissingAndCounted) {  // W-36
  const LoadedData data = load(
      "date,symbol,close,volume\n2024-01-02,A,1,-5\n2024-01-03,A,inf,0\n2024-01-04,A,-2,3\n2024-01-05,A,0,3\n", {"A"});
  EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(1, -1, -1, -1));
  EXPECT_THAT(column(data, data.market.prices.volume, "A"), ElementsAre(-1, 0, 3, 3));
  ASSERT_EQ(data.warnings.size(), 2U);
  EXPECT_THAT(
      warnings(data)[1],
      HasSubstr("prices.csv:3:close: 1 infinite and 2 zero or negative values count as missing; this is the first"));
  EXPECT_THAT(warnings(data)[0], HasSubstr("prices.csv:2:volume: 1 negative value counts as missing"));
}

TEST_F(Load, MissingMarkersAreThoseOfTheList) {  // DATA-6, W-36
  for (const char* cell : {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
                           "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}) {
    const LoadedData data = load("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A," + std::string(cell) + "\n", {"A"});
    EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(1, -1)) << cell;
    EXPECT_THAT(data.warnings, IsEmpty()) << cell;
  }
  for (const char* cell : {"NAN", "Nan", "+nan", "nan(1)", "Null", "none", "-", ".", "n.a.", "?", "1_000", "0x1p3"}) {
    EXPECT_THAT(load_error(request_of(
                    files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n2024-01-03,A," + std::string(cell) + "\n"),
                    {"A"})),
                HasSubstr("p.csv:3:close: '" + std::string(cell) + "' is not a number"));
  }
}

TEST_F(Load, ACellKeepsItsRow) {  // W-3: fields are valid one by one
  const LoadedData data = load("date,symbol,open,close\n2024-01-02,A,,5\n2024-01-03,A,4,\n", {"A"});
  EXPECT_THAT(column(data, data.market.prices.open, "A"), ElementsAre(-1, 4));
  EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(5, -1));
  EXPECT_THAT(data.market.prices.has_row, ElementsAre(1, 1));
}

TEST_F(Load, TheLaterDuplicateWinsWhereAsked) {  // W-35
  LoadRequest request =
      request_of(files.write("p.csv", "date,symbol,close,volume\n2024-01-02,A,1,10\n2024-01-02,A,2,\n"), {"A"});
  EXPECT_THAT(load_error(request), HasSubstr("p.csv:3: a second row of A on 2024-01-02"));
  request.last_duplicate_wins = true;
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(data.market.prices.close, ElementsAre(2));
  EXPECT_THAT(column(data, data.market.prices.volume, "A"), ElementsAre(-1));  // the row wins, not the cell
}

TEST_F(Load, TimestampsKeepTheDateThatIsWritten) {  // DATA-10, W-35
  const LoadedData data = load(
      "date,symbol,close\n2024-01-02T20:00:00-05:00,A,1\n2024-01-03 16:00,A,2\n2024-01-04T00:00:00.000Z,A,3\n", {"A"});
  EXPECT_THAT(dates(data), ElementsAre("2024-01-02", "2024-01-03", "2024-01-04"));
}

TEST_F(Load, WarmUpBarsComeFirst) {  // W-9
  LoadRequest request = request_of(files.write("p.csv",
                                               "date,symbol,close\n2023-12-27,A,1\n2023-12-28,A,2\n2023-12-28,X,"
                                               "2\n2023-12-29,A,3\n2024-01-02,A,4\n2025-01-02,A,5\n"),
                                   {"A"});
  request.warmup_bars = 2;
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(dates(data), ElementsAre("2023-12-28", "2023-12-29", "2024-01-02"));
  EXPECT_EQ(data.market.prices.first_bar, 2U);
}

TEST_F(Load, SymbolsWithoutRowsAreAWarning) {
  const LoadedData data = load("date,symbol,close\n2024-01-02,A,1\n2019-01-02,OLD,1\n", {"A", "GONE", "OLD", "A"});
  EXPECT_THAT(data.market.prices.instruments, ElementsAre("A", "GONE", "OLD"));
  ASSERT_EQ(data.warnings.size(), 2U);
  EXPECT_THAT(warnings(data)[0], HasSubstr("no row of GONE in the price table"));
  EXPECT_THAT(warnings(data)[1], HasSubstr("OLD has rows, but none between 2024-01-02 and 2024-12-31"));
}

TEST_F(Load, AllSymbolsAscending) {
  LoadRequest request =
      request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,b,1\n2024-01-02,B,2\n2024-01-03,A,3\n"), {});
  request.all_symbols = true;
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("A", "B", "b"));
}

TEST_F(Load, HolesAreReported) {  // W-2: max_gap_bars
  std::string text = "date,symbol,close\n";
  for (int day = 1; day <= 9; ++day) text += "2024-01-0" + std::to_string(day) + ",A,1\n";
  LoadRequest request =
      request_of(files.write("p.csv", text + "2024-01-02,B,1\n2024-01-06,B,1\n2024-01-09,B,1\n"), {"A", "B"});
  request.max_gap_bars = 2;
  EXPECT_THAT(warnings(load_market_data(request)),
              ElementsAre(HasSubstr("B has no rows for 3 bars, between 2024-01-02 and 2024-01-06")));
  request.gap_is_error = true;
  EXPECT_THAT(load_error(request), HasSubstr("B has no rows for 3 bars"));
  request.max_gap_bars = 3;
  EXPECT_EQ(load_error(request), "");
}

TEST_F(Load, OnlyWhatARuleReadsMatters) {
  LoadRequest request = request_of(
      files.write(
          "p.csv",
          "date,symbol,close,sector,returns_1d\n2024-01-02,A,1,Tech,-0.5\n2024-01-02,Z,x,y,z\n2020-01-02,A,x,y,z\n"),
      {"A"});
  request.extra_price_columns = {"returns_1d", "absent"};
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(data.market.prices.extra_columns, ElementsAre("returns_1d"));
  EXPECT_THAT(data.market.prices.extra_values[0], ElementsAre(-0.5));
  request.extra_price_columns = {"sector"};
  EXPECT_THAT(load_error(request), HasSubstr("p.csv:2:sector: 'Tech' is not a number"));
}

TEST_F(Load, RequiredColumns) {  // DATA-11, CS-5
  LoadRequest request = request_of(files.write("p.csv", "Date,Symbol,Close\n2024-01-02,A,1\n"), {"A"});
  request.required_price_columns = {"symbol", "date", "close"};
  EXPECT_EQ(load_error(request), "");
  request.required_price_columns.push_back("volume");
  EXPECT_THAT(load_error(request), HasSubstr("column 'volume' is missing: universe.require_columns names it"));
  request.required_price_columns.clear();
  request.fill_policy = FillPolicy::next_open;
  EXPECT_THAT(load_error(request), HasSubstr("column 'open' is missing: broker.fill_policy next_open"));
}

TEST_F(Load, OneFilePerSymbol) {  // DATA-3
  files.write("A.csv", "date,close\n2024-01-02,1\n");
  files.write("B.csv", "date,symbol,Close,volume\n2024-01-02,B,2,7\n2024-01-03,A,3,8\n2024-01-03,C,3,8\n");
  LoadRequest request = request_of(files.path("{ symbol }.csv"), {"B", "A", "B"});
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(column(data, data.market.prices.close, "A"), ElementsAre(1, 3));
  EXPECT_THAT(column(data, data.market.prices.volume, "A"), ElementsAre(-1, 8));
  request.symbols = {"A", "../B"};
  EXPECT_THAT(load_error(request), HasSubstr("symbol '../B' cannot stand for {symbol}"));
  request.symbols = {"A", "Z", "Y"};
  EXPECT_THAT(load_error(request), HasSubstr("Z.csv: the file does not exist\n"));
  EXPECT_THAT(load_error(request), HasSubstr("Y.csv: the file does not exist"));
}

TEST_F(Load, WideTables) {
  LoadRequest request = request_of(
      files.write("p.csv", "Date,NA,B,X\n2024-01-03,,2,9\n2024-01-02,1,,\n2024-01-04,NaN,,9\n"), {"B", "NA", "GONE"});
  request.wide = true;
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(dates(data), ElementsAre("2024-01-02", "2024-01-03"));  // a missing cell is no row
  EXPECT_THAT(data.market.prices.instruments, ElementsAre("B", "GONE", "NA"));
  EXPECT_THAT(data.market.prices.has_row, ElementsAre(0, 0, 1, 1, 0, 0));
  request.all_symbols = true;
  EXPECT_THAT(load_market_data(request).market.prices.instruments, ElementsAre("B", "NA", "X"));
  request.fill_policy = FillPolicy::next_open;
  EXPECT_THAT(load_error(request), HasSubstr("column 'open' is missing"));
}

TEST_F(Load, SignalsAreAlignedToBars) {  // DATA-15, DATA-19
  LoadRequest request = request_of(
      files.write("p.csv", "date,symbol,close\n2023-12-29,A,1\n2024-01-02,A,1\n2024-01-03,A,1\n2024-01-03,B,1\n"),
      {"A", "B"});
  request.warmup_bars = 1;
  request.signal_path = files.write("s.csv",
                                    "Date,Ticker,Score,sector,unread\n2023-12-29,A,9,x,q\n2024-01-03,B,0.5,Tech,"
                                    "q\n2024-01-03,A,,Bank,q\n2024-01-06,A,7,Tech,q\n2024-01-02,Z,7,Tech,q\n");
  request.signal_columns = {"absent", "score", "sector"};
  const LoadedData data = load_market_data(request);
  ASSERT_TRUE(data.market.signals.has_value());
  EXPECT_THAT(data.market.signals->columns, ElementsAre("Score", "sector"));
  EXPECT_THAT(data.market.signals->has_row, ElementsAre(0, 0, 0, 0, 1, 1));
  EXPECT_THAT(column(data, data.market.signals->values[0], "B"), ElementsAre(-1, -1, 0.5));
  EXPECT_THAT(warnings(data),
              ElementsAre(HasSubstr("s.csv:5: 1 signal row on 1 day without a bar is left out"),
                          HasSubstr("s.csv:3:sector: 2 non-numeric values count as missing; this is the first")));
}

TEST_F(Load, SignalsOfOtherDaysAreNone) {  // DATA-9
  LoadRequest request = request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n"), {"A"});
  request.signal_path = files.write("s.csv", "date,symbol,score\n2024-01-03,A,9\n");
  request.signal_columns = {"score"};
  const LoadedData data = load_market_data(request);
  EXPECT_FALSE(data.market.signals.has_value());
  EXPECT_THAT(warnings(data), ElementsAre(HasSubstr("s.csv:2: 1 signal row on 1 day without a bar is left out"),
                                          HasSubstr("no signal row of a universe symbol lies on a bar")));
}

TEST_F(Load, TargetWeights) {
  LoadRequest request = request_of(
      files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,1\n2024-01-03,B,1\n"), {"A", "B"});
  request.target_paths = {files.write(
      "t.csv", "date,symbol,weight\n2024-01-03,B,0.25\n2023-06-01,Z,9\n2024-01-03,A,-0.5\n2024-01-02,A,1\n")};
  const std::vector<TargetTable> targets = load_market_data(request).market.targets;
  ASSERT_EQ(targets.size(), 1U);
  ASSERT_EQ(targets[0].decisions.size(), 2U);
  EXPECT_THAT(targets[0].decisions[0].weights, ElementsAre(InstrumentWeight{0, 1.0}));
  EXPECT_THAT(targets[0].decisions[1].weights, ElementsAre(InstrumentWeight{0, -0.5}, InstrumentWeight{1, 0.25}));
}

// Midnights of Berlin: of Tuesday and of Monday, which is then a Sunday without a bar.
TEST_F(Load, DatesThatAreNoBarsAreDoubtedFirstWhereTheyLookShifted) {
  LoadRequest request =
      request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n2024-01-05,A,1\n2024-01-08,A,1\n"), {"A"});
  const std::string rows = "2024-01-04T23:00:00Z,A,1\n2024-01-07T23:00:00Z,A,1\n";
  const auto is_doubted = MatchesRegex(
      "[^\n]*every date stands at 23:00[^\n]*data.timezone[^\n]*\n[^\n]*2024-01-0[47] is "
      "not a bar(.|\n)*");
  request.target_paths = {files.write("t.csv", "date,symbol,weight\n" + rows)};
  EXPECT_THAT(load_error(request), is_doubted);
  request.target_paths.clear();
  request.signal_path = files.write("s.csv", "date,symbol,score\n" + rows);
  request.on_off_calendar = OffCalendar::error;
  EXPECT_THAT(load_error(request), is_doubted);
  request.format.timezone = "Europe/Berlin";
  EXPECT_EQ(load_error(request), "");
}

TEST_F(Load, TargetWeightsOfOtherYearsDecideNothingAndSaySo) {
  LoadRequest request = request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n"), {"A"});
  request.target_paths = {files.write("t.csv", "date,symbol,weight\n2023-01-03,A,1\n")};
  const LoadedData data = load_market_data(request);
  EXPECT_TRUE(data.market.targets.at(0).decisions.empty());
  EXPECT_THAT(warnings(data), ElementsAre(HasSubstr("no row of the target weights lies between")));
}

TEST_F(Load, BenchmarkOfThePriceTableNeedNotBeInTheUniverse) {
  LoadRequest request =
      request_of(files.write("p.csv",
                             "date,symbol,close,split,dividend\n2024-01-02,A,1,,\n2024-01-03,A,1,,\n2024-01-04,A,1,,\n"
                             "2024-01-02,SPY,100,,\n2024-01-03,SPY,50,2,\n2024-01-04,SPY,49,,1\n2024-01-05,SPY,51,,\n"),
                 {"A"});
  request.benchmark_symbol = "SPY";
  const LoadedData data = load_market_data(request);
  EXPECT_THAT(dates(data), ElementsAre("2024-01-02", "2024-01-03", "2024-01-04"));  // its rows make no bars
  EXPECT_THAT(data.market.benchmark_close, ElementsAre(100, 100, ::testing::DoubleEq(49 * 2 * (1 + 1.0 / 49))));
  request.benchmark_symbol = "QQQ";
  EXPECT_THAT(load_error(request), HasSubstr("benchmark.symbol: 'QQQ' has no row in the price table"));
}

TEST_F(Load, BenchmarkFile) {
  LoadRequest request = request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,1\n"), {"A"});
  request.benchmark_path = files.write("b.csv", "Date,SP500\n2024-01-03,4700\n2024-01-09,1\n");
  const LoadedData data = load_market_data(request);
  EXPECT_TRUE(std::isnan(data.market.benchmark_close[0]));
  EXPECT_EQ(data.market.benchmark_close[1], 4700);
}

TEST_F(Load, FilesAreOpenedThroughTheCallersCheck) {  // SEC-4
  LoadRequest request = request_of(files.write("p.csv", "date,symbol,close\n2024-01-02,A,1\n"), {"A"});
  request.signal_path = files.write("s.csv", "date,symbol,x\n2024-01-02,A,1\n");
  std::vector<std::string> opened;
  request.sources = local_sources([&](const std::string& path) {
    opened.push_back(path);
    return open(path.c_str(), O_RDONLY);
  });
  load_market_data(request);
  EXPECT_THAT(opened, ::testing::IsSupersetOf({request.price_path, *request.signal_path}));
  request.sources = local_sources([](const std::string& path) -> int {
    throw InvalidInput(Diagnostic{.file = path, .message = "is not allowed"});
  });
  EXPECT_THAT(load_error(request), HasSubstr("p.csv: is not allowed"));
}

TEST_F(Load, DirectoriesAndPipesAreNoFiles) {
  EXPECT_THAT(load_error(request_of(files.directory().string() + "/.csv", {"A"})), HasSubstr("does not exist"));
  std::filesystem::create_directory(files.path("d.csv"));
  EXPECT_THAT(load_error(request_of(files.path("d.csv"), {"A"})), HasSubstr("is a directory"));
  ASSERT_EQ(mkfifo(files.path("f.csv").c_str(), 0600), 0);
  EXPECT_THAT(load_error(request_of(files.path("f.csv"), {"A"})), HasSubstr("is not a regular file"));
}

TEST_F(Load, FingerprintIsOfWhatTheEngineSees) {
  const std::string one = load("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,2.50\n", {"A"}).fingerprint;
  EXPECT_EQ(load("symbol,close,note,date\nA,2.5,x,2024-01-03\nA,1,y,2024-01-02\nB,1,y,2024-01-02\n", {"A"}).fingerprint,
            one);
  EXPECT_NE(load("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,2.51\n", {"A"}).fingerprint, one);
  EXPECT_NE(load("date,symbol,close\n2024-01-02,A,1\n2024-01-04,A,2.5\n", {"A"}).fingerprint, one);
  EXPECT_NE(load("date,symbol,close\n2024-01-02,B,1\n2024-01-03,B,2.5\n", {"B"}).fingerprint, one);
}

}  // namespace
}  // namespace backtest
