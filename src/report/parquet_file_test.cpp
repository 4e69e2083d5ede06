// Parquet artifacts as a reader sees them.
#include "report/parquet_file.hpp"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include "report/small_run_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

fs::path fresh_directory(const std::string& name) {
  const fs::path path = fs::path(testing::TempDir()) / ("parquet-" + name);
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

std::shared_ptr<arrow::Table> read(const fs::path& path) {
  auto file = arrow::io::ReadableFile::Open(path.string()).ValueOrDie();
  auto reader = parquet::arrow::OpenFile(file, arrow::default_memory_pool()).ValueOrDie();
  return reader->ReadTable().ValueOrDie()->CombineChunks().ValueOrDie();
}

std::string value(const arrow::Table& table, const std::string& column, std::int64_t row) {
  const auto values = table.GetColumnByName(column);
  if (!values) return "no such column";
  return values->GetScalar(row).ValueOrDie()->ToString();
}

std::string columns_of(const arrow::Table& table) {
  std::string out;
  for (const auto& field : table.schema()->fields()) out += field->name() + ":" + field->type()->ToString() + " ";
  return out;
}

class ParquetArtifacts : public testing::Test {
 protected:
  ParquetArtifacts() : run_(fresh_directory("run")) { run_.write(); }
  std::shared_ptr<arrow::Table> table(const char* name) { return read(run_.request.directory / name); }
  SmallRun run_;
};

TEST_F(ParquetArtifacts, DailyPositionsHaveARowPerBarAndEntryInConfigOrder) {  // ART-12
  const auto positions = table("daily_positions.parquet");
  EXPECT_EQ(columns_of(*positions),
            "date:date32[day] symbol:string shares:double close:double position_value:double weight:double side:string "
            "stale:bool ");
  ASSERT_EQ(positions->num_rows(), 4 * 4);
  struct Expected {
    std::int64_t row;
    const char *date, *symbol, *shares, *close, *value, *side, *stale;
  };
  const Expected rows[] = {
      {0, "2024-01-31", "NA", "0", "50", "0", "flat", "false"},
      {2, "2024-01-31", "<i>", "0", "5", "0", "flat", "false"},
      {4, "2024-02-01", "NA", "-4", "51", "-204", "short", "false"},
      {5, "2024-02-01", "A,B", "40", "11", "440", "long", "false"},
      {6, "2024-02-01", "<i>", "10", "null", "50", "long", "true"},   // W-1: no close today, marked at the last one
      {7, "2024-02-01", "NA", "-4", "51", "-204", "short", "false"},  // listed twice, written twice
      {14, "2024-02-03", "<i>", "0", "null", "null", "flat", "false"},
  };
  for (const Expected& row : rows) {
    EXPECT_EQ(value(*positions, "date", row.row), row.date) << row.row;
    EXPECT_EQ(value(*positions, "symbol", row.row), row.symbol) << row.row;
    EXPECT_EQ(value(*positions, "shares", row.row), row.shares) << row.row;
    EXPECT_EQ(value(*positions, "close", row.row), row.close) << row.row;
    EXPECT_EQ(value(*positions, "position_value", row.row), row.value) << row.row;
    EXPECT_EQ(value(*positions, "side", row.row), row.side) << row.row;
    EXPECT_EQ(value(*positions, "stale", row.row), row.stale) << row.row;
  }
  const auto weights = std::static_pointer_cast<arrow::DoubleArray>(positions->GetColumnByName("weight")->chunk(0));
  EXPECT_EQ(weights->Value(5), 440.0 / 1039.0);
  EXPECT_EQ(weights->Value(14), 0.0) << "0 where there is no value";
}

TEST_F(ParquetArtifacts, PositionsOfManyRowGroupsKeepTheirOrder) {
  const std::size_t bars = 200'000;  // x 4 entries: several groups
  std::vector<double> close(bars * 3);
  run_.market.prices.dates.clear();
  for (std::size_t i = 0; i < bars; ++i) {
    run_.market.prices.dates.push_back(Date{static_cast<std::int32_t>(i)});
    for (std::size_t k = 0; k < 3; ++k) close[i * 3 + k] = static_cast<double>(i + k);
  }
  run_.market.prices.first_bar = 0;
  run_.result.first_bar = 0;
  run_.market.prices.close = close;
  run_.market.prices.dividend = {};
  run_.market.benchmark_close.clear();
  run_.result.bars.assign(bars, {.nav = 1.0, .cash = 1.0});
  run_.result.fills.clear();
  run_.result.holdings = {{.instrument = 2, .shares = 3, .mark = 7}};
  run_.result.holdings_begin.assign(bars + 1, 0);
  run_.result.holdings_begin.back() = 1;
  run_.request.save_metrics_parquet = false;
  run_.request.directory = fresh_directory("groups");
  write_report(run_.request, run_.market, run_.result, run_.summary);
  const auto positions = read(run_.request.directory / "daily_positions.parquet");
  ASSERT_EQ(positions->num_rows(), static_cast<std::int64_t>(bars * 4));
  for (const std::size_t bar : {std::size_t{0}, std::size_t{65'535}, std::size_t{65'536}, bars - 1}) {
    const auto row = static_cast<std::int64_t>(bar * 4);
    EXPECT_EQ(value(*positions, "date", row + 1), to_text(Date{static_cast<std::int32_t>(bar)}));
    EXPECT_EQ(value(*positions, "symbol", row + 1), "A,B");
    EXPECT_EQ(std::static_pointer_cast<arrow::DoubleScalar>(
                  positions->GetColumnByName("close")->GetScalar(row + 2).ValueOrDie())
                  ->value,
              static_cast<double>(bar + 2));
  }
  const auto last = static_cast<std::int64_t>((bars - 1) * 4);
  EXPECT_EQ(value(*positions, "side", last + 2), "long");
  EXPECT_EQ(value(*positions, "position_value", last + 2), "21");
  EXPECT_EQ(value(*positions, "side", last - 2), "flat");
}

TEST_F(ParquetArtifacts, TradesAreTheCsvRows) {  // ART-4
  const auto trades = table("trades.parquet");
  EXPECT_EQ(columns_of(*trades),
            "execution_date:date32[day] symbol:string quantity:double price:double notional:double commission:double "
            "slippage_cost:double cash_after:double reason:string ");
  ASSERT_EQ(trades->num_rows(), 5);
  EXPECT_EQ(value(*trades, "execution_date", 0), "2024-02-01");
  EXPECT_EQ(value(*trades, "execution_date", 3), "2024-02-03");
  EXPECT_EQ(value(*trades, "symbol", 1), "NA");
  EXPECT_EQ(value(*trades, "reason", 3), "delisted");
}

TEST_F(ParquetArtifacts, TimeseriesAndRollingHaveTheirSchemas) {  // ART-5, ART-6
  const auto series = table("metrics_timeseries.parquet");
  EXPECT_EQ(series->num_rows(), 4);
  EXPECT_EQ(value(*series, "portfolio_value", 1), "1039");
  EXPECT_EQ(series->GetColumnByName("n_trades")->type()->ToString(), "int64");
  const auto rolling = table("metrics_rolling.parquet");
  EXPECT_EQ(columns_of(*rolling),
            "date:date32[day] window_days:int64 rolling_return:double rolling_volatility:double rolling_sharpe:double "
            "rolling_max_drawdown:double turnover_sum:double commission_sum:double slippage_cost_sum:double "
            "n_trades_sum:double gross_exposure_avg:double net_exposure_avg:double rolling_beta:double ");
  EXPECT_EQ(rolling->num_rows(), 16) << "four windows a bar";
  EXPECT_EQ(value(*rolling, "date", 5), "2024-02-01");
  EXPECT_EQ(value(*rolling, "window_days", 5), "63");
  EXPECT_EQ(value(*rolling, "rolling_return", 5), "null");
}

TEST_F(ParquetArtifacts, ConfigAndSummaryAreOneRow) {  // ART-3, ART-9
  const auto config = table("config.parquet");
  EXPECT_EQ(columns_of(*config), "run_id:string submitted_at:timestamp[us, tz=UTC] config_json:string ");
  EXPECT_EQ(value(*config, "submitted_at", 0), "2024-03-01 09:59:58.250000Z");
  const auto summary = table("summary.parquet");
  EXPECT_EQ(columns_of(*summary),
            "run_id:string run_name:string start_date:date32[day] end_date:date32[day] initial_cash:double "
            "final_equity:double "
            "total_return:double annualized_return:double annualized_volatility:double sharpe_ratio:double "
            "max_drawdown:double trades:int64 ");
  EXPECT_EQ(summary->num_rows(), 1);
  EXPECT_EQ(value(*summary, "trades", 0), "5");
}

TEST(ParquetFile, MissingNumbersAndTextsAreNull) {
  const fs::path path = fresh_directory("nulls") / "x.parquet";
  const double numbers[] = {1.5, missing};
  const std::string_view texts[] = {{}, "x"};
  const ParquetColumn columns[] = {{"number", Numbers{numbers}}, {"text", Texts{texts}}};
  write_parquet(path, columns);
  const auto table = read(path);
  EXPECT_EQ(value(*table, "number", 0), "1.5");
  EXPECT_EQ(value(*table, "number", 1), "null");
  EXPECT_EQ(value(*table, "text", 0), "null");
  EXPECT_EQ(value(*table, "text", 1), "x");
}

TEST(ParquetFile, AnUnwritablePathIsASystemErrorThatNamesTheFile) {
  try {
    ParquetFile file("/proc/self/x.parquet");
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("x.parquet"), std::string::npos);
  }
}

}  // namespace
}  // namespace backtest
