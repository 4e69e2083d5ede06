// Results and artifacts of completed runs over HTTP.
#include <zlib.h>

#include "edge/http/server/service_for_tests.hpp"
#include "report/parquet_file.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

std::string daily_metrics(int bars) {
  std::string text =
      "date,portfolio_value,cash,daily_return,cumulative_return,drawdown,gross_exposure,net_exposure,turnover,"
      "commission,slippage_cost,n_trades\n";
  for (int bar = 0; bar < bars; ++bar) {
    text += "2024-01-" + std::to_string(100 + bar) + "," + std::to_string(1000 + bar) +
            ".0,0.5,0.0009999999999996678,0.1,,1.0,1.0,0.0,,inf,1\n";
  }
  return text;
}

std::string gunzipped(const std::string& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class ResultsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start();
    submit("R1");
    complete({{"summary.json", R"({"total_return": 9.5e+92, "sharpe_ratio": null})"},
              {"daily_metrics.csv", daily_metrics(120)},
              {"metrics_rolling.csv",
               "date,window_days,rolling_return,rolling_sharpe,n_trades_sum\n2024-01-02,21,,,\n2024-01-02,63,0.5,,3.0\n"
               "2024-01-03,63,0.25,1e-05,4.0\n"},
              {"trades.csv",
               "execution_date,symbol,quantity,price,notional,commission,slippage_cost,cash_after\n"
               "2024-01-02,A,10.0,100.0,1000.0,1.0,,99.0\n2024-01-03,\"B,\"\"C\",-5.0,10.0,-50.0,0.0,0.0,149.0\n"},
              {"legs/leg_0/weights.csv", "date,leg\n2024-01-02,leg 0\n"}});
  }
  const std::string run_ = "/backtests/R1";
};

TEST_F(ResultsTest, TheRecordHoldsTheNumbers) {
  const json::object record = get(run_ + "/status").json();
  EXPECT_EQ(record.at("status"), "completed");
  EXPECT_EQ(record.at("progress_percent").to_number<double>(), 100.0);
  EXPECT_EQ(record.at("metrics").at("total_return"), 0.25);
  EXPECT_TRUE(record.at("metrics").at("sharpe_ratio").is_null());
}

TEST_F(ResultsTest, SummaryIsTheFile_API15) {
  EXPECT_EQ(get(run_ + "/summary").body, R"({"sharpe_ratio":null,"total_return":9.5e+92})");
  EXPECT_EQ(get(run_ + "/summary?source=adls").status, 404);
  EXPECT_EQ(get(run_ + "/summary?source=disk").code(), "invalid_source");
}

TEST_F(ResultsTest, RunsOfTwoRulesVersionsWarnWhereTheyAreCompared) {
  submit("R2");
  complete({{"summary.json", R"({"rules_version": 2})"}});
  submit("R3");
  complete({{"summary.json", R"({"rules_version": 2})"}});
  submit("R4");  // has no numbers yet
  EXPECT_TRUE(get("/backtests/compare?ids=R2,R3,R4").json().at("warnings").as_array().empty());
  const json::object mixed = get("/backtests/compare?ids=R2,R1,R3").json();
  ASSERT_EQ(mixed.at("warnings").as_array().size(), 1u) << "R1's summary is older than the field: version 1";
  EXPECT_THAT(std::string(mixed.at("warnings").at(0).as_string()), HasSubstr("1 for R1; 2 for R2, R3"));
}

TEST_F(ResultsTest, TimeseriesIsExactAndThinned_API23) {
  const json::object all = get(run_ + "/metrics/timeseries").json();
  EXPECT_EQ(all.at("total_points"), 120);
  EXPECT_EQ(all.at("truncated"), false);
  const json::object point = all.at("points").at(0).as_object();
  EXPECT_EQ(point.at("daily_return").as_double(), 0.0009999999999996678);  // W-60
  EXPECT_EQ(point.at("drawdown").as_double(), 0.0);
  EXPECT_TRUE(point.at("commission").is_null());
  EXPECT_TRUE(point.at("slippage_cost").is_null()) << "an infinite number is no JSON";
  EXPECT_FALSE(point.contains("n_trades"));

  const json::object thinned = get(run_ + "/metrics/timeseries?max_points=50").json();
  // step = ceil(120 / 50) = 3: rows 0, 3, .. 117, and the last.
  EXPECT_EQ(thinned.at("points").as_array().size(), 41u);
  EXPECT_EQ(thinned.at("points").at(40).at("date"), "2024-01-219");
  EXPECT_EQ(thinned.at("truncated"), true);
  EXPECT_EQ(get(run_ + "/metrics/timeseries?max_points=49").status, 422);
}

TEST_F(ResultsTest, RollingIsOneWindow_API24) {
  EXPECT_THAT(get(run_ + "/metrics/rolling").body, HasSubstr(R"("rolling_sharpe":1e-05)"));
  EXPECT_EQ(get(run_ + "/metrics/rolling?window_days=21").json().at("points").as_array().size(), 1u);
  const json::object none = get(run_ + "/metrics/rolling?window_days=22").json();
  EXPECT_EQ(none.at("points").as_array().size(), 0u);
  EXPECT_EQ(none.at("total_points"), 0);
}

TEST_F(ResultsTest, TradesArePaged_API25) {
  const json::object page = get(run_ + "/trades?offset=1&limit=5").json();
  EXPECT_EQ(page.at("total"), 2);
  ASSERT_EQ(page.at("trades").as_array().size(), 1u);
  EXPECT_EQ(page.at("trades").at(0).at("symbol"), "B,\"C");
  EXPECT_EQ(get(run_ + "/trades").json().at("trades").at(0).at("slippage_cost").as_double(), 0.0);
}

// More than one block of the file, and a cell with a line feed in it.
TEST_F(ResultsTest, TradesOfALongFileArePaged_API25) {
  std::string text = "execution_date,symbol,quantity\n";
  for (int row = 0; row < 40'000; ++row) {
    text +=
        "2024-01-02," + (row % 3 == 0 ? "\"A\n" + std::to_string(row) + "\"" : "B" + std::to_string(row)) + ",1.0\n";
  }
  submit("LONG");
  complete({{"trades.csv", text}});
  const json::object page = get("/backtests/LONG/trades?offset=29999&limit=2").json();
  EXPECT_EQ(page.at("total"), 40'000);
  ASSERT_EQ(page.at("trades").as_array().size(), 2u);
  EXPECT_EQ(page.at("trades").at(0).at("symbol"), "B29999");
  EXPECT_EQ(page.at("trades").at(1).at("symbol"), "A\n30000");
  EXPECT_EQ(get("/backtests/LONG/trades?offset=40000").json().at("trades").as_array().size(), 0u);
}

// Many blocks of the files; the last row of one has no line feed.
TEST_F(ResultsTest, SeriesOfLongFilesAreThinned_API23_API24) {
  std::string daily = "date,portfolio_value\n", rolling = "date,window_days,rolling_return\n";
  for (int day = 0; day < 30'000; ++day) {
    daily += "D" + std::to_string(day) + "," + std::to_string(day) + ".5\n";
    for (const char* window : {"21", "63"}) {
      rolling += "D" + std::to_string(day) + "," + window + "," + std::to_string(day) + ".25\n";
    }
  }
  daily.pop_back();
  submit("LONG");
  complete({{"daily_metrics.csv", daily}, {"metrics_rolling.csv", rolling}});
  const json::object series = get("/backtests/LONG/metrics/timeseries?max_points=7000").json();
  const json::array& points = series.at("points").as_array();
  EXPECT_EQ(series.at("total_points"), 30'000);
  EXPECT_EQ(series.at("truncated"), true);
  ASSERT_EQ(points.size(), 6'001u);  // step = ceil(30000 / 7000) = 5: rows 0, 5, .. 29995, and the last
  EXPECT_EQ(points[5'999].at("date"), "D29995");
  EXPECT_EQ(points[6'000].at("portfolio_value").as_double(), 29'999.5);
  EXPECT_EQ(get("/backtests/LONG/metrics/timeseries?max_points=30000").json().at("truncated"), false);

  const json::object window = get("/backtests/LONG/metrics/rolling?window_days=63&max_points=7000").json();
  EXPECT_EQ(window.at("total_points"), 30'000);
  ASSERT_EQ(window.at("points").as_array().size(), 6'000u);
  EXPECT_EQ(window.at("points").at(5'999).at("date"), "D29995");
  EXPECT_EQ(window.at("points").at(5'999).at("window_days"), 63);
  EXPECT_EQ(
      get("/backtests/LONG/metrics/rolling?window_days=21&max_points=30000").json().at("points").as_array().size(),
      30'000u);
}

TEST_F(ResultsTest, ArtifactsAreListedAndServedByName_API26) {
  const json::object list = get(run_ + "/artifacts").json();
  std::vector<std::string> names;
  for (const json::value& info : list.at("local").as_array()) names.emplace_back(info.at("name").as_string());
  EXPECT_THAT(names, testing::ElementsAre("artifacts_manifest.json", "daily_metrics.csv", "legs/leg_0/weights.csv",
                                          "metrics_rolling.csv", "summary.json", "trades.csv"));
  EXPECT_TRUE(list.at("remote").is_null());
  EXPECT_TRUE(get(run_ + "/artifacts?remote=true").json().at("remote").is_array());
  const Answer file = get(run_ + "/artifacts/legs/leg_0/weights.csv");
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.body, "date,leg\n2024-01-02,leg 0\n");
  EXPECT_EQ(file.header("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(file.header("Content-Disposition"), "attachment; filename=\"weights.csv\"");
  EXPECT_EQ(get(run_ + "/artifacts/legs%2Fleg_0%2Fweights.csv").status, 200);
}

TEST_F(ResultsTest, NamesThatReachElsewhereAreRefused_SEC2) {
  std::filesystem::create_symlink("/etc/passwd", directory_ / "out/link.csv");
  for (const char* name : {"..", ".", "%2e%2e/x", "a/../../../runs.sqlite3", "..%2fruns.sqlite3", "a%5Cb", "a//b",
                           "%2Fetc%2Fpasswd", "legs/."}) {
    const Answer answer = get(run_ + "/artifacts/" + name);
    EXPECT_EQ(answer.status, 400) << name << answer.body;
  }
  EXPECT_EQ(get(run_ + "/artifacts/legs").status, 404);
  EXPECT_EQ(get(run_ + "/artifacts/nothing.csv").code(), "artifact_not_found");
  EXPECT_EQ(get(run_ + "/artifacts/a%00b").status, 400);
}

TEST_F(ResultsTest, RangesAndValidators) {
  const std::string target = run_ + "/artifacts/legs/leg_0/weights.csv";
  struct Case {
    const char* range;
    int status;
    const char* body;
  };
  for (const Case& c : std::vector<Case>{{"bytes=0-3", 206, "date"},
                                         {"bytes=-2", 206, "0\n"},
                                         {"bytes=20-", 206, "leg 0\n"},
                                         {"bytes=20-999", 206, "leg 0\n"},
                                         {"bytes=26-", 416, nullptr},
                                         {"bytes=-0", 416, nullptr},
                                         {"bytes=3-1", 200, "date,leg\n2024-01-02,leg 0\n"},
                                         {"bytes=0-1,3-4", 200, "date,leg\n2024-01-02,leg 0\n"},
                                         {"lines=1-2", 200, "date,leg\n2024-01-02,leg 0\n"}}) {
    const Answer answer = get(target, std::string("Range: ") + c.range + "\r\n");
    EXPECT_EQ(answer.status, c.status) << c.range;
    if (c.body != nullptr) EXPECT_EQ(answer.body, c.body) << c.range;
  }
  EXPECT_EQ(get(target, "Range: bytes=0-3\r\n").header("Content-Range"), "bytes 0-3/26");
  const std::string etag = get(target).header("ETag");
  EXPECT_EQ(get(target, "If-None-Match: \"x\", " + etag + "\r\n").status, 304);
  EXPECT_EQ(get(target, "If-None-Match: W/" + etag + "\r\n").status, 304);
  const Answer same = get(target, "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(same.header("Cache-Control"), get(target).header("Cache-Control"));
  EXPECT_EQ(same.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(get(target, "If-None-Match: \"x\"\r\n").status, 200);
  EXPECT_EQ(get(target, "Range: bytes=0-3\r\nIf-Range: \"x\"\r\n").status, 200);
  const std::string series = run_ + "/metrics/timeseries";
  EXPECT_EQ(get(series, "If-None-Match: " + get(series).header("ETag") + "\r\n").status, 304);
}

TEST_F(ResultsTest, GzipWhereAccepted) {
  for (const std::string& target : {run_ + "/metrics/timeseries", run_ + "/artifacts/daily_metrics.csv"}) {
    const Answer plain = get(target);
    const Answer packed = get(target, "Accept-Encoding: br, gzip\r\n");
    EXPECT_EQ(plain.header("Content-Encoding"), "");
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.header("Vary"), "Accept-Encoding");
    EXPECT_LT(packed.body.size(), plain.body.size() / 2);
    EXPECT_EQ(gunzipped(packed.body), plain.body);
    EXPECT_EQ(get(target, "Accept-Encoding: gzip;q=0\r\n").header("Content-Encoding"), "");
  }
}

TEST_F(ResultsTest, RunsWithoutResultsShowNone_W81) {
  submit("R2");
  claim();
  std::filesystem::create_directories(directory_ / "out/R2");
  std::ofstream(directory_ / "out/R2/summary.json") << "{}";
  EXPECT_EQ(get("/backtests/R2/summary").code(), "artifacts_not_available");
  EXPECT_EQ(get("/backtests/R2/artifacts/summary.json").status, 404);
  EXPECT_EQ(get("/backtests/R2/artifacts").json().at("local").as_array().size(), 0u);
  EXPECT_EQ(get("/backtests/NONE/summary").code(), "run_not_found");
}

// Files whose CSV says something else, so that it shows which of them is read.
TEST_F(ServiceTest, ResultsAreReadFromParquetWhereThereIsSome) {
  start();
  submit("R1");
  const std::filesystem::path file = directory_ / "x.parquet";
  const auto bytes_of = [&](std::span<const ParquetColumn> columns) {
    write_parquet(file, columns);
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    std::filesystem::remove(file);
    return text.str();
  };
  constexpr std::size_t rows = 12'000;
  std::vector<double> numbers(rows, 0.1);
  std::vector<std::int64_t> windows(rows, 63);
  std::vector<std::string_view> dates(rows, "2024-01-02");
  numbers[1] = std::numeric_limits<double>::quiet_NaN();
  windows[0] = 21;
  const ParquetColumn daily[] = {
      {"date", Texts{dates}}, {"portfolio_value", Numbers{numbers}}, {"daily_return", Numbers{numbers}}};
  const ParquetColumn rolling[] = {
      {"date", Texts{dates}}, {"window_days", Integers{windows}}, {"rolling_sharpe", Numbers{numbers}}};
  const ParquetColumn trades[] = {
      {"execution_date", Texts{dates}}, {"symbol", Texts{dates}}, {"price", Numbers{numbers}}};
  complete({{"metrics_timeseries.parquet", bytes_of(daily)},
            {"daily_metrics.csv", "date,portfolio_value\n"},
            {"metrics_rolling.parquet", bytes_of(rolling)},
            {"trades.parquet", bytes_of(trades)},
            {"trades.csv", "execution_date\n"}});
  const json::object series = get("/backtests/R1/metrics/timeseries?max_points=200000").json();
  EXPECT_EQ(series.at("total_points"), 12'000);
  EXPECT_EQ(series.at("points").as_array().size(), rows);
  EXPECT_EQ(series.at("points").at(0).at("daily_return").as_double(), 0.1);
  EXPECT_EQ(series.at("points").at(0).at("date"), "2024-01-02");
  EXPECT_TRUE(series.at("points").at(1).at("daily_return").is_null());
  EXPECT_EQ(series.at("points").at(1).at("portfolio_value").as_double(), 0.0);
  EXPECT_TRUE(series.at("points").at(1).at("turnover").is_null());
  const json::object thinned = get("/backtests/R1/metrics/timeseries?max_points=50").json();
  EXPECT_EQ(thinned.at("points").as_array().size(), 51u);  // the last one, too
  EXPECT_EQ(get("/backtests/R1/metrics/rolling?max_points=50").json().at("total_points"), 11'999);
  const json::object page = get("/backtests/R1/trades?offset=11990&limit=100").json();
  EXPECT_EQ(page.at("total"), 12'000);
  EXPECT_EQ(page.at("trades").as_array().size(), 10u);
  EXPECT_EQ(get("/backtests/R1/trades?limit=200000").json().at("trades").as_array().size(), rows);
}

TEST_F(ResultsTest, WeightsAreThoseOfTheLargestNames_API36) {
  std::string text = "date,symbol,weight,close\n";
  for (int day = 10; day < 70; ++day) {
    const std::string date = "2024-01-" + std::to_string(day);
    text += date + ",A,0.5,10.0\n" + date + ",B,0.25," + std::to_string(day) + ".0\n" + date + ",C,-0.75,1.0\n";
    text += date + ",D,0.0,1.0\n";
  }
  submit("HELD");
  complete({{"daily_positions.csv", text}});
  const json::object two = get("/backtests/HELD/weights?top=2").json();
  ASSERT_EQ(two.at("symbols").as_array().size(), 2u);
  EXPECT_EQ(two.at("symbols").at(0).at("symbol"), "C");
  EXPECT_EQ(two.at("symbols").at(1).at("symbol"), "A");
  EXPECT_EQ(two.at("others").at(0).as_double(), 0.25);
  EXPECT_EQ(two.at("dates").as_array().size(), 60u);
  EXPECT_EQ(two.at("truncated"), false);
  const json::object thinned = get("/backtests/HELD/weights?max_points=50").json();
  EXPECT_EQ(thinned.at("dates").as_array().size(), 31u) << "every second, and the last";
  EXPECT_EQ(thinned.at("dates").at(30), "2024-01-69");
  EXPECT_EQ(thinned.at("symbols").as_array().size(), 3u) << "what was never held is no name";
  const json::object one = get("/backtests/HELD/weights?symbol=B").json();
  EXPECT_EQ(one.at("symbols").at(0).at("closes").at(1).as_double(), 11.0);
  EXPECT_EQ(get("/backtests/HELD/weights?symbol=X").code(), "symbol_not_found");
  EXPECT_EQ(get("/backtests/HELD/weights?top=0").status, 422);
  EXPECT_EQ(get(run_ + "/weights").code(), "artifact_not_found");
}

}  // namespace
}  // namespace backtest
