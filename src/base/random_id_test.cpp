#include "base/random_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(RandomId, Forms) {
  EXPECT_THAT(random_uuid(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_THAT(new_run_id(*parse_date("2024-01-31")), testing::MatchesRegex("RUN20240131-[0-9a-f]{16}"));
  EXPECT_NE(random_hex(32), random_hex(32));
}

}  // namespace
}  // namespace backtest
