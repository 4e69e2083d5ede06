#include "base/dataset_reference.hpp"

#include <gtest/gtest.h>

#include "base/sha256.hpp"

namespace backtest {
namespace {

TEST(DatasetReferenceTest, ReadsNamesWithAndWithoutAVersion) {
  EXPECT_EQ(parse_dataset_path("dataset:prices"), (DatasetReference{.name = "prices", .version = ""}));
  EXPECT_EQ(parse_dataset_path("dataset:eod.v2_us-1@0123456789abcdef"),
            (DatasetReference{.name = "eod.v2_us-1", .version = "0123456789abcdef"}));
  EXPECT_EQ(parse_dataset_path("dataset:a@0123456789abcdef")->text(), "dataset:a@0123456789abcdef");
  EXPECT_EQ(parse_dataset("a")->text(), "dataset:a");
}

TEST(DatasetReferenceTest, RefusesWhatIsNoName) {
  for (const char* path :
       {"prices", "dataset:", "dataset:.a", "dataset:a/b", "dataset:a b", "dataset:a@", "dataset:a@1", "dataset:a@b@c",
        "dataset:a@0123456789ABCDEF", "dataset:a@0123456789abcdef0", "dataset:../a", "dataset:{symbol}"}) {
    EXPECT_FALSE(parse_dataset_path(path)) << path;
  }
  EXPECT_FALSE(valid_dataset_name(std::string(65, 'a')));
  EXPECT_TRUE(valid_dataset_name(std::string(64, 'a')));
}

TEST(DatasetReferenceTest, AVersionIsTheBeginningOfTheHash) {
  EXPECT_EQ(dataset_version(sha256_hex("test")), "9f86d081884c7d65");
  EXPECT_TRUE(valid_dataset_version(dataset_version(sha256_hex("test"))));
}

}  // namespace
}  // namespace backtest
