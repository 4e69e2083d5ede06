#include "edge/http/server/caller_address.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(CallerAddress, IsTheRightMostThatNoProxyVouchesForItself) {
  const std::vector<AddressRange> proxies = {*parse_address_range("10.0.0.0/8"), *parse_address_range("::1")};
  struct Case {
    const char* peer;
    std::vector<std::string_view> forwarded;
    const char* caller;
  };
  const Case cases[] = {
      {"203.0.113.5", {"198.51.100.1"}, "203.0.113.5"},  // no proxy: what it says does not count
      {"10.0.0.1", {}, "10.0.0.1"},
      {"10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
      {"10.0.0.1", {"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},  // the left one is a claim
      {"10.0.0.1", {"198.51.100.1, 10.0.0.7"}, "198.51.100.1"},
      {"10.0.0.1", {"1.2.3.4", "198.51.100.1"}, "198.51.100.1"},  // several headers are one list
      {"10.0.0.1", {"198.51.100.1, rubbish"}, "10.0.0.1"},
      {"10.0.0.1", {"198.51.100.1:4711"}, "198.51.100.1"},
      {"::1", {"[2001:db8::9]:80"}, "2001:db8::9"},
      {"::1", {"2001:db8::9"}, "2001:db8::9"},
      {"10.0.0.1", {"10.0.0.2, 10.0.0.3"}, "10.0.0.2"},
  };
  for (const Case& each : cases) {
    HttpRequest request;
    for (const std::string_view value : each.forwarded) request.headers.emplace_back("x-forwarded-for", value);
    EXPECT_EQ(address_text(caller_address(request, *parse_address(each.peer), proxies)), each.caller) << each.peer;
  }
}

TEST(CallerAddress, ForwardedHeadersOfOthersGo) {
  HttpRequest request;
  request.headers = {{"Host", "a"}, {"x-forwarded-proto", "https"}, {"X-Forwarded-For", "::1"}, {"X-Forward", "b"}};
  drop_forwarded_headers(request);
  ASSERT_EQ(request.headers.size(), 2u);
  EXPECT_EQ(request.headers[1].first, "X-Forward");
}

}  // namespace
}  // namespace backtest
