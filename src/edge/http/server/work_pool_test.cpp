#include "edge/http/server/work_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <semaphore>

namespace backtest {
namespace {

bool post(WorkPool& pool, WorkPool::Work work) {
  return pool.try_post(work);
}

TEST(WorkPool, StartsAThreadWhenNoneIsIdleUpToItsLimit) {
  WorkPool pool(3, 100);
  EXPECT_EQ(pool.threads(), 1u);
  std::latch all_run(3);
  std::atomic<int> ended = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(post(pool, [&] {
      all_run.arrive_and_wait();  // hangs unless three run at once
      ++ended;
    }));
  }
  all_run.wait();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(post(pool, [&] { ++ended; }));
  pool.stop();
  EXPECT_EQ(ended, 53);
  EXPECT_EQ(pool.threads(), 3u);
}

TEST(WorkPool, RefusesWhatDoesNotFitAndEverythingOnceStopped) {
  WorkPool pool(1, 2);
  std::binary_semaphore started(0), go_on(0);
  std::atomic<int> ended = 0;
  ASSERT_TRUE(post(pool, [&] {
    started.release();
    go_on.acquire();
    ++ended;
  }));
  started.acquire();
  EXPECT_TRUE(post(pool, [&] { ++ended; }));
  EXPECT_TRUE(post(pool, [&] { ++ended; }));
  EXPECT_FALSE(post(pool, [&] { ++ended; }));
  go_on.release();
  pool.stop();
  EXPECT_EQ(ended, 3);  // what was taken is done
  EXPECT_FALSE(post(pool, [&] { ++ended; }));
}

}  // namespace
}  // namespace backtest
