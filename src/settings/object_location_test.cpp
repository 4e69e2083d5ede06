#include "settings/object_location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "settings/parse_settings.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

const StorageSettings& configured() {
  static const StorageSettings settings = parse_settings({{"AZURE_STORAGE_ACCOUNT_NAME", "lake"},
                                                          {"AZURE_STORAGE_ACCOUNT_KEY", "a2V5"},
                                                          {"BACKTEST_ADLS_ALLOWED_ACCOUNTS", "other"},
                                                          {"BACKTEST_ADLS_CONTAINER_ALLOWLIST", "market,gold/prices"},
                                                          {"BACKTEST_ADLS_WRITE_ALLOWLIST", "runs/backtests"},
                                                          {"AWS_ACCESS_KEY_ID", "id"},
                                                          {"AWS_SECRET_ACCESS_KEY", "secret"},
                                                          {"BACKTEST_S3_BUCKET_ALLOWLIST", "bucket.one"}},
                                                         Role::worker)
                                              .storage;
  return settings;
}

TEST(ObjectLocation, IsReadFromEachForm) {
  struct Case {
    std::string text;
    std::string place;
  };
  const Case cases[] = {
      {"market/prices/daily", "az://lake/market/prices/daily"},
      {" market //prices/daily/ ", "az://lake/market/prices/daily"},
      {"abfss://market@lake.dfs.core.windows.net/prices", "az://lake/market/prices"},
      {"abfs://market@lake.dfs.core.windows.net/prices/", "az://lake/market/prices"},
      {"wasbs://market@lake.blob.core.windows.net/prices", "az://lake/market/prices"},
      {"https://lake.blob.core.windows.net/market/prices", "az://lake/market/prices"},
      {"az://lake/market/prices", "az://lake/market/prices"},
      {"abfss://market@other.dfs.core.windows.net/prices", "az://other/market/prices"},
      {"s3://bucket.one/a b/c.parquet", "s3://bucket.one/a b/c.parquet"},
      {"s3a://bucket.one/x", "s3://bucket.one/x"},
  };
  for (const Case& c : cases) {
    const auto location = parse_object_location(c.text, configured());
    ASSERT_TRUE(location) << c.text << ": " << location.error();
    EXPECT_EQ(location->text(), c.place) << c.text;
  }
}

TEST(ObjectLocation, IsRefusedInEveryOtherForm) {
  for (const std::string text :
       {"", "market", "market/", "/x", "Market/x", "ma/x", "market/../x", "market/a//b", "market/./x", "market/a\\b",
        "market/x?sig=1", "market/x#y", "ftp://market/x", "abfss://market@/x", "abfss://lake.dfs.core.windows.net/x",
        "s3://bucket.one", "s3:///x", "https://lake.blob.core.windows.net/market", "-market/x"}) {
    const auto location = parse_object_location(text, configured());
    ASSERT_FALSE(location) << text << " is " << location->text();
    EXPECT_THAT(location.error(), HasSubstr("must be container/path")) << text;
  }
}

TEST(ObjectLocation, StrictGrammar_SEC5) {
  StorageSettings settings;
  settings.azure = {{.name = "acc", .blob_endpoint = "https://acc.blob.core.windows.net"}};
  struct Case {
    std::string_view text;
    std::string_view expected;  // empty = refused
  };
  for (const Case& c : std::vector<Case>{{"gold/a/b", "gold/a/b"},
                                         {" gold //a/b/ ", "gold/a/b"},
                                         {"abfss://gold@acc.dfs.core.windows.net/a", "gold/a"},
                                         {"abfss://gold/a", ""},
                                         {"https://gold/a", ""},
                                         {"gold", ""},
                                         {"gold/", ""},
                                         {"gold/../x", ""},
                                         {"gold/a//b", ""},
                                         {"Gold/a", ""}}) {
    const auto location = parse_object_location(c.text, settings);
    EXPECT_EQ(location ? location->container + "/" + location->path : "", c.expected) << c.text;
  }
}

TEST(ObjectLocation, OfAnAccountThatIsNotConfiguredIsRefusedByItsName) {
  for (const std::string text :
       {"abfss://market@evil.dfs.core.windows.net/x", "https://evil.blob.core.windows.net/market/x",
        "az://evil/market/x", "abfss://market@lake.dfs.core.windows.net.evil.example/x",
        "abfss://market@lake.evil.example/x"}) {
    const auto location = parse_object_location(text, configured());
    ASSERT_FALSE(location) << text;
    EXPECT_THAT(location.error(), HasSubstr("BACKTEST_ADLS_ALLOWED_ACCOUNTS")) << text;
    EXPECT_THAT(location.error(), HasSubstr("lake")) << text;
  }
}

TEST(ObjectLocation, NeedsAConfiguredService) {
  const StorageSettings none;
  EXPECT_THAT(parse_object_location("market/x", none).error(), HasSubstr("AZURE_STORAGE_ACCOUNT_NAME"));
  EXPECT_THAT(parse_object_location("s3://bucket/x", none).error(), HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST(ObjectLocation, IsReadAndWrittenWhereTheListsAllow) {
  struct Case {
    std::string text;
    bool may_be_read;
    bool may_be_written;
  };
  const Case cases[] = {
      {"market/x", true, false},        {"gold/prices", true, false},      {"gold/prices/x", true, false},
      {"gold/prices2/x", false, false}, {"gold/x", false, false},          {"runs/backtests/1", false, true},
      {"runs/other", false, false},     {"s3://bucket.one/x", true, true}, {"s3://bucket.two/x", false, false},
  };
  for (const Case& c : cases) {
    const ObjectLocation location = *parse_object_location(c.text, configured());
    EXPECT_EQ(!refusal_to_read(location, configured()), c.may_be_read) << c.text;
    EXPECT_EQ(!refusal_to_write(location, configured()), c.may_be_written) << c.text;
  }
  EXPECT_THAT(*refusal_to_read(*parse_object_location("gold/x", configured()), configured()),
              testing::AllOf(HasSubstr("BACKTEST_ADLS_CONTAINER_ALLOWLIST"), HasSubstr("market, gold/prices")));
}

}  // namespace
}  // namespace backtest
