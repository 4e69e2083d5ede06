#include "edge/http/resource/queue_front.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

namespace backtest {
namespace {

using std::chrono::milliseconds;

// A queue and a clock that the test sets; each look takes `takes` of that clock.
class QueueFrontTest : public testing::Test {
 protected:
  std::optional<std::int64_t> position(const std::string& run_id) {
    const QueuePositions positions = front_.positions({run_id});
    const auto found = positions.find(run_id);
    return found == positions.end() ? std::nullopt : std::optional(found->second);
  }

  std::vector<std::string> queue_;
  milliseconds takes_{0};
  int looks_ = 0;
  std::chrono::steady_clock::time_point now_{milliseconds(1)};
  QueueFront front_{[this](std::int64_t at_most) {
                      ++looks_;
                      now_ += takes_;
                      const auto size = std::min<std::size_t>(queue_.size(), static_cast<std::size_t>(at_most));
                      return std::vector(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
                    },
                    [this] { return now_; }};
};

TEST_F(QueueFrontTest, CountsFromOneAndSaysNothingOfWhatIsNotQueued) {
  queue_ = {"a", "b"};
  EXPECT_EQ(front_.positions({"b", "a", "claimed"}), (QueuePositions{{"a", 1}, {"b", 2}}));
  EXPECT_TRUE(front_.positions({}).empty());
  EXPECT_EQ(looks_, 1);
}

TEST_F(QueueFrontTest, WhatWasSeenIsUsedForFourTimesAsLongAsTheLookTook) {
  queue_ = {"a", "b"};
  takes_ = milliseconds(10);
  EXPECT_EQ(position("b"), 2);
  queue_ = {"b"};
  now_ += milliseconds(39);
  EXPECT_EQ(position("b"), 2);
  EXPECT_EQ(looks_, 1);
  now_ += milliseconds(1);
  EXPECT_EQ(position("b"), 1);
  EXPECT_EQ(looks_, 2);
}

TEST_F(QueueFrontTest, ALookThatTakesNoTimeIsNotUsedAgain) {
  queue_ = {"a", "b"};
  EXPECT_EQ(position("b"), 2);
  queue_ = {"b"};
  now_ += milliseconds(1);
  EXPECT_EQ(position("b"), 1);
}

TEST_F(QueueFrontTest, ARunThatCameLaterIsLookedFor) {
  queue_ = {"a"};
  takes_ = milliseconds(10);
  EXPECT_EQ(position("a"), 1);
  queue_ = {"a", "b"};
  EXPECT_EQ(position("b"), 2);
  EXPECT_EQ(looks_, 2);
}

TEST_F(QueueFrontTest, OneMoreThanIsCountedStandsForAllBeyond) {
  for (int i = 0; i < QueueFront::most_counted + 5; ++i) queue_.push_back(std::to_string(i));
  takes_ = milliseconds(10);
  EXPECT_EQ(position("999"), 1'000);
  EXPECT_EQ(position("1000"), 1'001);
  EXPECT_EQ(position("came later"), 1'001);
  EXPECT_EQ(looks_, 1);
}

TEST_F(QueueFrontTest, AFailureIsNotKept) {
  bool fails = true;
  QueueFront front([&](std::int64_t) {
    if (fails) throw std::runtime_error("the store does not answer");
    return std::vector<std::string>{"a"};
  });
  EXPECT_THROW(front.positions({"a"}), std::runtime_error);
  fails = false;
  EXPECT_EQ(front.positions({"a"}).at("a"), 1);
}

// Thirty ask for a run while one looks; the look that they share is one that began after they had asked.
TEST(QueueFrontThreads, NobodyIsToldWhatWasSeenBeforeTheRunCame) {
  std::atomic<int> looks = 0;
  std::promise<void> first_may_end;
  QueueFront front([&](std::int64_t) {
    if (++looks > 1) return std::vector<std::string>{"late"};
    first_may_end.get_future().wait();
    return std::vector<std::string>{};
  });
  auto first = std::async(std::launch::async, [&] { return front.positions({"early"}); });
  while (looks == 0) std::this_thread::yield();
  std::vector<std::future<QueuePositions>> late;
  for (int i = 0; i < 30; ++i) {
    late.push_back(std::async(std::launch::async, [&] { return front.positions({"late"}); }));
  }
  first_may_end.set_value();
  EXPECT_TRUE(first.get().empty());
  for (auto& answer : late) EXPECT_EQ(answer.get(), (QueuePositions{{"late", 1}}));
}

}  // namespace
}  // namespace backtest
