#include "base/background_work.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace backtest {
namespace {

using std::chrono::milliseconds;

void wait_for(const std::atomic<int>& count, int wanted) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (count < wanted && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(count, wanted);
}

TEST(BackgroundWork, IsDoneOnceForAllCallsThatCameBeforeItBegan) {
  std::atomic<int> begun = 0;
  std::atomic<bool> may_end = false;
  BackgroundWork work([&] {
    ++begun;
    while (!may_end) std::this_thread::sleep_for(milliseconds(1));
    return milliseconds(0);
  });
  work.want();
  wait_for(begun, 1);
  for (int i = 0; i < 3; ++i) work.want();
  may_end = true;
  wait_for(begun, 2);
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(begun, 2);
}

TEST(BackgroundWork, AnEndInterruptsARestAndTheStepsOfTheWork) {
  std::atomic<int> begun = 0;
  std::atomic<bool> was_told = false;
  const auto begin = std::chrono::steady_clock::now();
  {
    BackgroundWork rests([&] {
      ++begun;
      return std::chrono::hours(1);
    });
    BackgroundWork* self = nullptr;
    BackgroundWork steps([&] {
      ++begun;
      was_told = !self->rest(std::chrono::hours(1));
      return milliseconds(0);
    });
    self = &steps;
    rests.want();
    steps.want();
    wait_for(begun, 2);
  }
  EXPECT_TRUE(was_told);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(1));
}

}  // namespace
}  // namespace backtest
