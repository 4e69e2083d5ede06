// Whole runs on disk. BACKTEST_UPDATE_GOLDEN=1 rewrites src/report/testdata/small_run.
#include "report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "base/sha256.hpp"
#include "report/leg_directory.hpp"
#include "report/small_run_for_tests.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> files_below(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files[entry.path().lexically_relative(directory).generic_string()] = read(entry.path());
    }
  }
  return files;
}

class ReportTest : public testing::Test {
 protected:
  fs::path directory(const std::string& name) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const fs::path path = fs::path(testing::TempDir()) / ("report-" + std::string(test->name()) + "-" + name);
    fs::remove_all(path);
    fs::create_directories(path);
    return path;
  }
};

bool is_text(const std::string& name) {
  return !name.ends_with(".parquet");
}

TEST_F(ReportTest, SmallRunEqualsItsGoldenFiles) {
  const SmallRun run(directory("a"));
  run.write();
  const fs::path golden = fs::path(BACKTEST_SOURCE_DIR) / "src/report/testdata/small_run";
  const auto written = files_below(run.request.directory);
  if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) {
    fs::remove_all(golden);
    for (const auto& [name, text] : written) {
      if (!is_text(name)) continue;
      fs::create_directories((golden / name).parent_path());
      std::ofstream(golden / name, std::ios::binary) << text;
    }
  }
  for (const auto& [name, text] : files_below(golden)) {
    ASSERT_THAT(written, Contains(Key(name)));
    EXPECT_EQ(written.at(name), text) << name;
  }
  for (const auto& [name, text] : written) {
    if (is_text(name)) EXPECT_TRUE(fs::exists(golden / name)) << name << " is new";
  }
}

TEST_F(ReportTest, EveryArtifactIsThere) {
  const SmallRun run(directory("a"));
  run.write();
  const auto files = files_below(run.request.directory);
  for (const char* name : {"config.resolved.json",
                           "config.yaml",
                           "config.parquet",
                           "trades.csv",
                           "trades.parquet",
                           "rejects.csv",
                           "closed_positions.csv",
                           "daily_metrics.csv",
                           "monthly_returns.csv",
                           "returns_monthly.csv",
                           "returns_quarterly.csv",
                           "returns_yearly.csv",
                           "drawdowns.csv",
                           "metrics_timeseries.parquet",
                           "metrics_rolling.parquet",
                           "metrics_rolling.csv",
                           "daily_positions.parquet",
                           "constraint_hits.json",
                           "legs/value_long/weights.csv",
                           "legs/value_long_2/weights.csv",
                           "legs/residual/weights.csv",
                           "blend/blended_pre_constraints.csv",
                           "blend/blended_post_constraints.csv",
                           "legs/value_long/strategy_debug/2024-01-31_scores.csv",
                           "legs/value_long_2/strategy_debug/2024-02-02_exits.csv",
                           "summary.json",
                           "metrics.json",
                           "summary.parquet",
                           "tearsheet.html"}) {
    EXPECT_THAT(files, Contains(Key(name)));
  }
  EXPECT_EQ(files.at("metrics.json"), files.at("summary.json")) << "W-58";
  EXPECT_EQ(files.at("monthly_returns.csv"), files.at("returns_monthly.csv")) << "ART-7";
}

TEST_F(ReportTest, SaveFlagsLeaveFilesOut) {  // CFG-13
  SmallRun run(directory("a"));
  ReportRequest& request = run.request;
  request.save_trades = request.save_daily_metrics = request.save_positions_snapshot = request.save_metrics_parquet =
      request.save_resolved_config_json = request.save_metrics_json = request.save_constraint_hits =
          request.save_trades_parquet = request.save_config_parquet = request.save_summary_parquet = false;
  run.write();
  const auto files = files_below(request.directory);
  for (const char* name : {"trades.csv", "daily_metrics.csv", "daily_positions.parquet", "metrics_timeseries.parquet",
                           "metrics_rolling.parquet", "metrics_rolling.csv", "config.resolved.json", "metrics.json",
                           "constraint_hits.json", "trades.parquet", "config.parquet", "summary.parquet"}) {
    EXPECT_THAT(files, Not(Contains(Key(name))));
  }
  EXPECT_THAT(files, Contains(Key("summary.json")));
  EXPECT_THAT(files, Contains(Key("config.yaml")));
}

TEST_F(ReportTest, TwoWritesAreEqualToTheByte) {
  const SmallRun first(directory("a")), second(directory("b"));
  EXPECT_EQ(first.write().result_sha256, second.write().result_sha256);
  const auto files = files_below(second.request.directory);
  for (const auto& [name, bytes] : files_below(first.request.directory)) {
    EXPECT_TRUE(files.at(name) == bytes) << name << " differs";
  }
}

std::string hash_after(const fs::path& directory, const std::function<void(SmallRun&)>& change) {
  SmallRun run(directory);
  change(run);
  return run.write().result_sha256;
}

TEST_F(ReportTest, ResultHashCoversResultsButNotIdTimeOrPath) {
  int number = 0;
  const auto hash = [&](const std::function<void(SmallRun&)>& change) {
    return hash_after(directory(std::to_string(number++)), change);
  };
  const std::string base = hash([](SmallRun&) {});
  EXPECT_EQ(base.size(), 64u);
  const std::map<std::string, std::function<void(SmallRun&)>> same = {
      {"run id", [](SmallRun& run) { run.request.run_id = "other"; }},
      {"run name", [](SmallRun& run) { run.request.run_name.reset(); }},
      {"time", [](SmallRun& run) { run.request.submitted_at = "2030-01-01T00:00:00+00:00"; }},
      {"config hash, which covers paths", [](SmallRun& run) { run.request.config_sha256 = "other"; }},
      {"warnings, which name paths", [](SmallRun& run) { run.request.warnings.clear(); }},
      {"negative zero", [](SmallRun& run) { run.result.bars[0].turnover = -0.0; }}};
  for (const auto& [what, change] : same) EXPECT_EQ(hash(change), base) << what;
  const std::map<std::string, std::function<void(SmallRun&)>> different = {
      {"a fill's price", [](SmallRun& run) { run.result.fills[0].price += 1e-12; }},
      {"a fill's reason", [](SmallRun& run) { run.result.fills[0].reason = FillReason::ruined; }},
      {"a bar's cash", [](SmallRun& run) { run.result.bars[1].cash += 1e-9; }},
      {"a position's shares", [](SmallRun& run) { run.result.holdings[0].shares += 1e-9; }},
      {"a symbol", [](SmallRun& run) { run.market.prices.instruments[1] = "NB"; }},
      {"a number of the summary", [](SmallRun& run) { run.summary.sharpe_ratio = 1.0; }},
      {"a reject", [](SmallRun& run) { run.result.rejects.pop_back(); }}};
  for (const auto& [what, change] : different) EXPECT_NE(hash(change), base) << what;
}

TEST_F(ReportTest, SummaryHoldsNoNaNAndExplainsNulls) {  // W-19, W-53
  SmallRun run(directory("a"));
  run.summary.annualized_return = missing;
  const json::object summary = run.write().summary;
  EXPECT_TRUE(summary.at("annualized_return").is_null());
  EXPECT_EQ(summary.at("trades").to_number<int>(), 5);
  EXPECT_EQ(summary.at("rejects").at("missing_open_price").to_number<int>(), 1);
  EXPECT_EQ(summary.at("ruined").as_bool(), false);
  EXPECT_EQ(summary.at("start_date").as_string(), "2024-01-31");
  EXPECT_EQ(summary.at("end_date").as_string(), "2024-02-29") << "as configured, not the last bar";
  EXPECT_TRUE(summary.at("fill_policy_optimistic").as_bool());
  std::vector<std::string> warnings;
  for (const json::value& warning : summary.at("warnings").as_array()) warnings.emplace_back(warning.as_string());
  EXPECT_THAT(warnings, Contains(HasSubstr("data.frequency")));
  EXPECT_THAT(warnings, Contains(HasSubstr("optimistic")));
}

std::vector<std::string> warnings_of(const json::object& summary) {
  std::vector<std::string> warnings;
  for (const json::value& warning : summary.at("warnings").as_array()) warnings.emplace_back(warning.as_string());
  return warnings;
}

TEST_F(ReportTest, SelectionsThatAreThinOnATenthOfTheRebalancesAreToldByLeg) {
  SmallRun run(directory("a"));
  run.result.thin_selections = {{.leg = 0, .rebalances = 11, .thin = 1}, {.leg = 1, .rebalances = 10, .thin = 1}};
  const std::vector<std::string> legs = warnings_of(run.write().summary);
  EXPECT_THAT(legs, Not(Contains(HasSubstr("of 11 rebalances"))));
  EXPECT_THAT(legs, Contains(HasSubstr("selection of leg " + run.request.leg_names[1] +
                                       " found fewer than half of the names that it wants on a side on 1 of 10 "
                                       "rebalances")));
  SmallRun alone(directory("b"));
  alone.result.thin_selections = {{.leg = -1, .rebalances = 3, .thin = 3}};
  EXPECT_THAT(warnings_of(alone.write().summary), Contains(HasSubstr("selection found fewer than half")));
}

TEST_F(ReportTest, NamesThatASizerLeavesOutAreToldByLimitAndLeg) {  // SZ-10
  SmallRun run(directory("a"));
  run.result.sizer_cuts = {
      {.limit = SizerLimit::max_positions, .rebalances = 12, .names_at_most = 5, .first_bar = 1},
      {.leg = 1, .limit = SizerLimit::holds_no_shorts, .rebalances = 1, .names_at_most = 2, .first_bar = 3}};
  const std::vector<std::string> told = warnings_of(run.write().summary);
  EXPECT_THAT(told, Contains("sizing: max_positions left out up to 5 of the names that the strategy selected (12 "
                             "times, first 2024-01-31); raise sizing.parameters.max_positions to hold them"));
  EXPECT_THAT(told, Contains("sizing: EqualWeightSizer holds no shorts: up to 2 that the strategy of leg " +
                             run.request.leg_names[1] +
                             " selected were left out (2024-02-02); size them with LongShortScoreSizer under "
                             "constraints.allow_short: true, or let the strategy select none"));
}

TEST_F(ReportTest, NothingTradedNamesItsCause) {
  const auto cause = [&](const char* name, std::vector<Reject> rejects, std::vector<SizerCut> cuts) {
    SmallRun run(directory(name));
    run.result.fills.clear();
    run.result.hits.clear();
    run.result.rejects = std::move(rejects);
    run.result.sizer_cuts = std::move(cuts);
    run.summarize_again();
    for (const std::string& warning : warnings_of(run.write().summary)) {
      if (warning.starts_with("nothing was traded")) return warning;
    }
    return std::string();
  };
  EXPECT_EQ(cause("a", {}, {}), "nothing was traded");
  EXPECT_EQ(cause("b", {{.bar = 1, .instrument = 1, .reason = RejectReason::missing_open_price}}, {}),
            "nothing was traded: every order was rejected; see rejects.csv");
  EXPECT_EQ(cause("c", {}, {{.limit = SizerLimit::holds_no_shorts, .rebalances = 2, .names_at_most = 1}}),
            "nothing was traded: the strategy selected shorts alone, and its sizer holds none; see sizing");
}

TEST_F(ReportTest, TheTearSheetCountsEveryReasonOfARejectTheLastOneToo) {
  SmallRun run(directory("a"));
  run.result.rejects.push_back({.bar = 1, .instrument = 0, .reason = RejectReason::cash_cap});
  EXPECT_EQ(run.write().summary.at("rejects").at("cash_cap").to_number<int>(), 1);
  EXPECT_THAT(read(run.request.directory / "tearsheet.html"), HasSubstr("cash_cap"));
}

TEST_F(ReportTest, OrdersWithoutAPriceAreToldOnceWithCountFirstAndRemedy) {
  SmallRun run(directory("a"));
  EXPECT_THAT(warnings_of(run.write().summary),
              Contains(AllOf(HasSubstr("an order found no price and was given up (2024-"),
                             HasSubstr("broker.unfilled: retry"))));
  SmallRun waited(directory("c"));
  waited.request.unfilled = UnfilledOrders::retry;
  EXPECT_THAT(warnings_of(waited.write().summary),
              Contains(AllOf(HasSubstr("an order found no price"), HasSubstr("raise broker.unfilled_bars"),
                             Not(HasSubstr("unfilled: retry")))));
  SmallRun filled(directory("b"));
  filled.result.rejects.clear();
  EXPECT_THAT(warnings_of(filled.write().summary), Not(Contains(HasSubstr("found no price"))));
}

TEST_F(ReportTest, RunWithoutTradesStillHasHeadersAndNoTradesParquet) {  // W-51, ART-1
  SmallRun run(directory("a"));
  run.result.fills.clear();
  run.result.rejects.clear();
  run.result.hits.clear();
  run.summarize_again();
  run.write();
  const auto files = files_below(run.request.directory);
  EXPECT_EQ(files.at("trades.csv"),
            "execution_date,symbol,quantity,price,notional,commission,slippage_cost,cash_after,reason\n");
  EXPECT_THAT(files, Not(Contains(Key("trades.parquet"))));
  EXPECT_EQ(files.at("constraint_hits.json"), "[]");
}

TEST_F(ReportTest, TearSheetEscapesEverythingAndStandsAlone) {
  const SmallRun run(directory("a"));
  run.write();
  const std::string page = read(run.request.directory / "tearsheet.html");
  EXPECT_THAT(page, Not(HasSubstr("alert('x')")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; co"));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
  EXPECT_THAT(page, HasSubstr("has no effect &lt;here&gt;"));
  EXPECT_THAT(page, HasSubstr("Optimistic fills"));
  for (const char* outside : {"http:", "https:", "src=", "href=", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
}

TEST_F(ReportTest, TearSheetOfALongRunIsDrawnFromFewPoints) {
  SmallRun run(directory("a"));
  const std::size_t bars = 50'000;
  std::vector<double> close(bars * 3, 10.0);
  run.market.prices.dates.clear();
  for (std::size_t bar = 0; bar < bars; ++bar) {
    run.market.prices.dates.push_back(Date{static_cast<std::int32_t>(bar)});
  }
  run.market.prices.close = close;
  run.market.prices.first_bar = 0;
  run.market.prices.dividend = {};
  run.market.benchmark_close.clear();
  run.result.bars.assign(bars, {.nav = 1000.0, .cash = 1000.0});
  run.result.bars[31'415].nav = 1.0;  // one deep bar must stay visible
  run.result.holdings.clear();
  run.result.holdings_begin.assign(bars + 1, 0);
  run.result.fills.clear();
  run.request.save_positions_snapshot = run.request.save_metrics_parquet = false;
  run.summarize_again();
  run.write();
  const std::string page = read(run.request.directory / "tearsheet.html");
  EXPECT_LT(page.size(), 400'000u);
  EXPECT_THAT(page, HasSubstr("[\"NAV\",\"m\",[100000,")) << "in cents";
  EXPECT_THAT(page, HasSubstr(",100000,100,100000,")) << "the trough is drawn";
}

// NAVs alone: no fills, no holdings, no benchmark.
std::string sheet_of(const fs::path& directory, const std::vector<double>& navs) {
  SmallRun run(directory);
  std::vector<double> close(navs.size() * 3, 10.0);
  run.market.prices.dates.clear();
  for (std::size_t bar = 0; bar < navs.size(); ++bar) {
    run.market.prices.dates.push_back(Date{make_date(2024, 1, 30).days + static_cast<std::int32_t>(bar)});
  }
  run.market.prices.first_bar = 0;
  run.market.prices.close = close;
  run.market.prices.dividend = {};
  run.market.benchmark_close.clear();
  run.result = {};
  run.result.opening_nav = 1000.0;
  for (const double nav : navs) {
    run.result.bars.push_back({.nav = nav, .cash = nav, .drawdown = std::min(nav / 1000.0 - 1.0, 0.0)});
  }
  run.result.holdings_begin.assign(navs.size() + 1, 0);
  run.result.ruined = navs.back() <= 0.0;
  run.request.leg_names.clear();
  run.summarize_again();
  run.write();
  return read(directory / "tearsheet.html");
}

TEST_F(ReportTest, TearSheetOfUnusualRunsHasNoNumberThatIsNone) {
  const std::map<std::string, std::vector<double>> cases = {{"one bar", {1000}},
                                                            {"flat", {1000, 1000, 1000}},
                                                            {"ruined", {1000, 400, -50}},
                                                            {"a hair's breadth", {1000, 1000.0000001}},
                                                            {"thousandfold", {1000, 40'000, 1'000'000}},
                                                            {"dust", {1000, 1e-9}}};
  for (const auto& [name, navs] : cases) {
    const std::string page = sheet_of(directory(name), navs);
    for (const char* broken : {">nan", " nan", ",nan", "nan%", ":nan", "inf%", "\"inf", " inf", "Minf", "Linf"}) {
      EXPECT_THAT(page, Not(HasSubstr(broken))) << name;
    }
    EXPECT_THAT(page, HasSubstr("class=\"fill-nav\" d=\"M")) << name;
    EXPECT_LT(page.size(), 60'000u) << name;
  }
  EXPECT_THAT(sheet_of(directory("log"), {1000, 1'000'000}), HasSubstr("log scale"));
  EXPECT_THAT(sheet_of(directory("ruin"), {1000, -50}), HasSubstr("Ruined"));
}

TEST_F(ReportTest, AnExistingFileIsAnErrorThatNamesIt) {  // W-54
  const SmallRun run(directory("a"));
  std::ofstream(run.request.directory / "trades.csv") << "old";
  try {
    run.write();
    FAIL() << "an old file was overwritten";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("trades.csv"));
  }
}

TEST(LegDirectory, NamesAreSafeAndDistinct) {  // ART-11
  ReportRequest request;
  request.directory = "/run";
  request.leg_names = {" value/long ", "value long", "../..", "   ", "caf\u00e9", "residual"};
  const char* expected[] = {"value_long", "value_long_2", "_____", "leg", "caf__", "residual", "residual_2"};
  for (std::size_t leg = 0; leg < std::size(expected); ++leg) {
    EXPECT_EQ(leg_directory(request, leg), fs::path("/run/legs") / expected[leg]);
  }
}

}  // namespace
}  // namespace backtest
