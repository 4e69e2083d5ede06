#include "run_store/run_tags.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

using Tags = std::vector<std::string>;

TEST(RunTags, AreSortedAndEachThereOnce) {
  EXPECT_EQ(checked_tags({" live ", "2024 review", "live"}), (Tags{"2024 review", "live"}));
  EXPECT_EQ(checked_tags({}), Tags{});
}

TEST(RunTags, RefuseWhatNobodyCouldAskFor) {
  EXPECT_EQ(checked_tags({" "}).error(), "a tag must not be empty");
  EXPECT_EQ(checked_tags({"a,b"}).error(), "a tag has neither commas nor control characters");
  EXPECT_EQ(checked_tags({"a\nb"}).error(), "a tag has neither commas nor control characters");
  EXPECT_TRUE(checked_tags({std::string(64, 'x')}));
  EXPECT_EQ(checked_tags({std::string(65, 'x')}).error(), "a tag has at most 64 characters");
  Tags many;
  for (int i = 0; i < 21; ++i) many.push_back("tag " + std::to_string(i));
  EXPECT_EQ(checked_tags(many).error(), "a run has at most 20 tags");
}

TEST(RunTags, AreKeptAsJson) {
  EXPECT_EQ(tags_text({}), std::nullopt);
  EXPECT_EQ(tags_text({"a\"b", "c"}), "[\"a\\\"b\",\"c\"]");
  EXPECT_EQ(tags_of("[\"a\\\"b\",\"caf\u00e9\"]"), (Tags{"a\"b", "caf\u00e9"}));
  EXPECT_EQ(tags_of("no array"), Tags{});
  EXPECT_EQ(tags_of(std::nullopt), Tags{});
}

}  // namespace
}  // namespace backtest
