#include "run_store/listed_text.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

using std::string_literals::operator""s;

TEST(ListedText, IsBlankOrInNoRunOrItself) {
  for (const char* blank : {"", " ", "\t\r\n\f\v "}) EXPECT_TRUE(is_blank_text(blank));
  EXPECT_FALSE(is_blank_text(" a"));
  EXPECT_TRUE(is_in_no_run("a\0b"s));
  EXPECT_TRUE(is_in_no_run(std::string(longest_listed_text + 1, 'a')));
  EXPECT_FALSE(is_in_no_run(std::string(longest_listed_text, 'a')));
  EXPECT_EQ(pattern_of_text("5%_of\\it"), "%5\\%\\_of\\\\it%");
}

}  // namespace
}  // namespace backtest
