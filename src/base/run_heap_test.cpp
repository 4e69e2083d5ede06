#include "base/run_heap.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <thread>

// Sanitizers bring allocators of their own.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

namespace backtest {
namespace {

constexpr std::size_t block_size = std::size_t{20} << 20;
constexpr long few_faults = 64;  // of the 5,120 small pages of a block

void use_block() {
  void* volatile block = std::malloc(block_size);
  std::memset(block, 1, block_size);
  std::free(block);
}

long faults_of_another_block() {
  const auto faults = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  const long before = faults();
  use_block();
  return faults() - before;
}

// Each in a program of its own, started anew: a heap that was changed stays so, and one in which other tests had
// threads has parts for them.
class RunHeap : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(RunHeap, WhatIsFreedIsUsedAgain) {
  EXPECT_EXIT(
      {
        use_run_heap();
        use_block();
        _exit(faults_of_another_block() < few_faults ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(RunHeap, WhatOneThreadFreedIsUsedByAnother) {
  EXPECT_EXIT(
      {
        use_run_heap();
        use_block();
        long faults = 0;
        std::thread([&] { faults = faults_of_another_block(); }).join();
        _exit(faults < few_faults ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(RunHeap, ASecondCallChangesNothing) {
  EXPECT_EXIT(
      {
        use_run_heap();
        void* const end = sbrk(0);
        use_run_heap();
        _exit(sbrk(0) == end ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace backtest

#endif
