#include "base/time_zone_name.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace backtest {
namespace {

TEST(TimeZoneName, IsUtcAnOffsetOrAZoneOfTheDatabase) {
  const std::filesystem::path database = std::filesystem::path(testing::TempDir()) / "time_zone_name_test";
  std::filesystem::create_directories(database / "Europe");
  std::ofstream(database / "Europe/Paris") << "TZif2";
  std::ofstream(database / "zones") << "Europe/Paris";
  const std::string there = database.string();
  for (const char* known : {"UTC", "Z", "GMT", "Etc/UTC", "+09:00", "-03:30", "Europe/Paris"}) {
    EXPECT_TRUE(may_be_time_zone(known, there)) << known;
  }
  for (const char* unknown :
       {"Europe/Pariss", "Europe", "zones", "+9:00", "/Europe/Paris", "Europe/../Europe/Paris", "europe/paris"}) {
    EXPECT_FALSE(may_be_time_zone(unknown, there)) << unknown;
  }
  std::filesystem::remove_all(database);
  EXPECT_TRUE(may_be_time_zone("Europe/Pariss", there)) << "without a database nobody can say";
}

TEST(TimeZoneName, SaysHowFarItIsAheadOfUtcWhereThatIsFixed) {
  EXPECT_EQ(fixed_offset_s("Z"), 0);
  EXPECT_EQ(fixed_offset_s("+09:00"), 9 * 3600);
  EXPECT_EQ(fixed_offset_s("-03:30"), -(3 * 3600 + 1800));
  for (const char* other : {"Europe/Paris", "+9:00", "+1a:00", "09:00"}) {
    EXPECT_EQ(fixed_offset_s(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace backtest
