#include "base/run_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace backtest {
namespace {

TEST(RunId, Sec1) {
  for (const char* id : {"RUN20240131-0123456789abcdef", "a", "0", "A_b-9"}) EXPECT_TRUE(valid_run_id(id)) << id;
  EXPECT_TRUE(valid_run_id(std::string(64, 'x')));
  for (const char* id : {"", "-a", "_a", "a/b", "..", "a.b", " a", "a ", "ä", "compare", "Validate", "RUNS"}) {
    EXPECT_FALSE(valid_run_id(id)) << id;
  }
  EXPECT_FALSE(valid_run_id(std::string(65, 'x')));
}

}  // namespace
}  // namespace backtest
