#include "base/log.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>
#include <vector>

#include "base/secret.hpp"

namespace backtest {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([this](std::string_view line) { lines_.emplace_back(line); });
  }
  void TearDown() override {
    set_log_sink({});
    set_log_level(LogLevel::info);
  }
  std::vector<std::string> lines_;
};

TEST_F(LogTest, OneJsonObjectALine) {
  log_info("run \"a\"\nsubmitted", {{"run_id", "R1"}, {"bars", 12}, {"seconds", 0.5}, {"ok", true}});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_NE(lines_[0].find(R"("level":"info","message":"run \"a\"\nsubmitted","run_id":"R1","bars":12,"seconds":0.5,)"
                           R"("ok":true})"),
            std::string::npos)
      << lines_[0];
  EXPECT_EQ(lines_[0].find('\n'), lines_[0].size() - 1);
}

TEST_F(LogTest, NotANumberIsNull) {
  log_info("x", {{"v", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_NE(lines_.at(0).find("\"v\":null"), std::string::npos);
}

TEST_F(LogTest, LevelsBelowTheSetOneAreSilent) {
  set_log_level(LogLevel::warning);
  log_info("quiet");
  log_warning("heard");
  set_log_level(LogLevel::off);
  log_error("quiet too");
  EXPECT_EQ(lines_.size(), 1u);
}

TEST(LogLevelTest, WordsInAnyCase) {
  EXPECT_EQ(parse_log_level("WARN"), LogLevel::warning);
  EXPECT_EQ(parse_log_level("Info"), LogLevel::info);
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
}

static_assert(!std::is_convertible_v<Secret, LogValue>, "a secret cannot be logged");

}  // namespace
}  // namespace backtest
