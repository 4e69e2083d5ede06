#include "settings/address_range.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(AddressRange, HoldsWhatItNames) {
  struct Case {
    const char* range;
    const char* address;
    bool holds;
  };
  const Case cases[] = {
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.0/8", "10.255.1.2", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"192.168.4.0/22", "192.168.7.9", true},
      {"192.168.4.0/22", "192.168.8.0", false},
      {"0.0.0.0/0", "203.0.113.9", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"::1", "::1", true},
      {"2001:db8::/32", "2001:db8:1::9", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"10.0.0.1", "::ffff:10.0.0.1", true},
  };
  for (const Case& each : cases) {
    const auto range = parse_address_range(each.range);
    const auto address = parse_address(each.address);
    ASSERT_TRUE(range && address) << each.range << " " << each.address;
    EXPECT_EQ(range->contains(*address), each.holds) << each.range << " " << each.address;
    EXPECT_EQ(range->text(), each.range);
  }
}

TEST(AddressRange, OtherTextIsNone) {
  for (const char* text :
       {"", "10.0.0", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/-1", "host", "::1/129", "[::1]", "1/8"}) {
    EXPECT_FALSE(parse_address_range(text)) << text;
  }
}

}  // namespace
}  // namespace backtest
