// The sample is the same on every machine, loads, and holds what it promises.
#include "sample/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "base/sha256.hpp"
#include "data/load.hpp"
#include "sample/sample_market.hpp"
#include "spec/spec.hpp"

namespace backtest {
namespace {

class Sample : public ::testing::Test {
 protected:
  Sample() {
    std::string name = (std::filesystem::temp_directory_path() / "backtest-sample-XXXXXX").string();
    directory = mkdtemp(name.data());
    write_sample(directory);
  }
  ~Sample() override { std::filesystem::remove_all(directory); }
  std::string text(const char* name) const {
    std::stringstream text;
    text << std::ifstream(directory / name, std::ios::binary).rdbuf();
    return text.str();
  }
  std::filesystem::path directory;
};

TEST_F(Sample, IsTheSameToTheByteOnEveryMachine) {
  EXPECT_EQ(sha256_hex(text("prices.csv")), "e9c2d829dba0fb84a47fc045958e1800866acd8ee03ca6bc99fb276fc7b45dd8");
  EXPECT_EQ(sha256_hex(text("signals.csv")), "df77c9bfaa05e243ade811785c449c89a6d3af5720b8db1c4a28dc5379e9b5ba");
}

TEST_F(Sample, LoadsWithItsHolesNamed) {
  LoadRequest request;
  request.price_path = (directory / "prices.csv").string();
  request.signal_path = (directory / "signals.csv").string();
  request.signal_columns = {"quality", "value"};
  request.all_symbols = true;
  request.start_date = make_date(2016, 1, 4);
  request.end_date = make_date(2023, 12, 29);
  request.benchmark_symbol = sample_stock_fund;
  const LoadedData data = load_market_data(request);
  EXPECT_EQ(data.market.prices.instrument_count(), 240U);
  EXPECT_GT(data.market.prices.bar_count(), 2000U);
  ASSERT_TRUE(data.market.signals.has_value());
  ASSERT_FALSE(data.warnings.empty());
  for (const Diagnostic& warning : data.warnings)
    EXPECT_THAT(warning.message, ::testing::HasSubstr("has no rows for "));
}

TEST_F(Sample, ConfigsAreValidAndNothingInThemIsWithoutEffect) {
  int configs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".yaml") continue;
    ++configs;
    const std::string name = entry.path().filename().string();
    SCOPED_TRACE(name);
    const Spec spec = parse_spec(text(name.c_str()), name);
    EXPECT_TRUE(spec.warnings.empty()) << spec.warnings.front().text();
    EXPECT_TRUE(std::filesystem::exists(directory / spec.data.price_path));
    if (spec.data.signal_path) EXPECT_TRUE(std::filesystem::exists(directory / *spec.data.signal_path));
    EXPECT_NE(text("README.md").find("backtest run " + name), std::string::npos);
  }
  EXPECT_EQ(configs, 4);
}

TEST_F(Sample, HasSplitsDividendsLateListingsAndDelistings) {
  const SampleMarket market = make_sample_market();
  const auto last_day = static_cast<std::uint32_t>(market.dates.size() - 1);
  int splits = 0, dividends = 0, late = 0, delisted = 0;
  for (const SampleInstrument& instrument : market.instruments) {
    late += instrument.bars.front().day > 0;
    delisted += instrument.bars.back().day < last_day;
    for (const SampleBar& bar : instrument.bars) {
      splits += bar.split != 1.0;
      dividends += bar.dividend > 0.0;
      ASSERT_TRUE(bar.low <= std::min(bar.open, bar.close) && bar.high >= std::max(bar.open, bar.close) &&
                  bar.low > 0.0);
    }
  }
  EXPECT_GT(splits, 20);
  EXPECT_GT(dividends, 1000);
  EXPECT_GT(late, 15);
  EXPECT_GT(delisted, 15);
}

}  // namespace
}  // namespace backtest
