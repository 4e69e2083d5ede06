#include "edge/http/server/request_rates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RequestRates, AMinutesWorthAtOnceAndThenEvenly) {
  RateLimit limit(60);
  const RateLimit::Time begin{};
  for (int i = 0; i < 60; ++i) EXPECT_EQ(limit.wait_s("ada", begin), std::nullopt) << i;
  EXPECT_EQ(limit.wait_s("ada", begin), 1);
  EXPECT_EQ(limit.wait_s("bob", begin), std::nullopt) << "another one's bucket";
  EXPECT_EQ(limit.wait_s("ada", begin + milliseconds(500)), 1);
  EXPECT_EQ(limit.wait_s("ada", begin + milliseconds(1100)), std::nullopt);
  EXPECT_EQ(limit.wait_s("ada", begin + milliseconds(1200)), 1);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(limit.wait_s("ada", begin + seconds(3600)), std::nullopt) << i;
  EXPECT_EQ(limit.wait_s("ada", begin + seconds(3600)), 1) << "a long rest saves no more than a minute";
}

TEST(RequestRates, SlowLimitsSayHowLong) {
  RateLimit limit(2);
  const RateLimit::Time begin{};
  limit.wait_s("ada", begin);
  limit.wait_s("ada", begin);
  EXPECT_EQ(limit.wait_s("ada", begin), 30);
  EXPECT_EQ(RateLimit(0).wait_s("ada", begin), std::nullopt);
}

TEST(RequestRates, SubmissionsAreCountedBesidesRequests) {
  HttpLimits limits;
  limits.requests_per_minute = 3;
  limits.submissions_per_minute = 1;
  limits.submissions_per_minute_per_address = 2;
  RequestRates rates(limits);
  const RateLimit::Time begin{};
  HttpRequest request;
  request.address = "1.2.3.4";
  const auto wait = [](const std::optional<HttpError>& refused) {
    return refused ? refused->headers.front().second : std::string();
  };
  EXPECT_EQ(wait(rates.refuse_caller(request, true, begin)), "");
  EXPECT_EQ(wait(rates.refuse_caller(request, true, begin)), "60");
  EXPECT_EQ(wait(rates.refuse_caller(request, false, begin)), "");
  EXPECT_EQ(wait(rates.refuse_caller(request, false, begin)), "20");
  EXPECT_EQ(wait(rates.refuse_address(request, true, begin)), "");
  EXPECT_EQ(wait(rates.refuse_address(request, true, begin)), "");
  EXPECT_EQ(wait(rates.refuse_address(request, true, begin)), "30");
  request.address = "1.2.3.5";
  EXPECT_EQ(wait(rates.refuse_address(request, true, begin)), "");
}

}  // namespace
}  // namespace backtest
