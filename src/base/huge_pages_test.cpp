#include "base/huge_pages.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(HugePages, ReservingKeepsTheRows) {
  std::vector<int> rows = {1, 2, 3};
  reserve_on_huge_pages(rows, std::size_t{4} << 20);
  EXPECT_EQ(rows, (std::vector<int>{1, 2, 3}));
  EXPECT_GE(rows.capacity(), std::size_t{4} << 20);
  const int* data = rows.data();
  reserve_on_huge_pages(rows, 5);
  EXPECT_EQ(rows.data(), data);
}

}  // namespace
}  // namespace backtest
