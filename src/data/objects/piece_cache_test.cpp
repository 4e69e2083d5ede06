#include "data/objects/block_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace backtest {
namespace {

BlockCache::Bytes one_byte(char value) {
  return std::make_shared<const std::vector<char>>(1, value);
}

TEST(BlockCache, HoldsNoMoreOfManyFilesThanOfOne) {
  BlockCache cache;
  std::vector<std::weak_ptr<const std::vector<char>>> fetched;
  for (int file = 0; file < 30; ++file) {
    const std::uint64_t number = cache.new_file();
    for (std::uint64_t block = 0; block < 10; ++block) {
      fetched.push_back(cache.block(number, block, [] { return one_byte('x'); }).get());
    }
  }
  // A thread lets go of what it fetched a moment after those who wait have it.
  const auto held = [&] { return std::ranges::count_if(fetched, [](const auto& bytes) { return !bytes.expired(); }); };
  for (int i = 0; i < 1000 && held() > static_cast<std::ptrdiff_t>(BlockCache::most_blocks); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(held(), static_cast<std::ptrdiff_t>(BlockCache::most_blocks));
}

TEST(BlockCache, FetchesABlockOnceWhileItIsKept) {
  BlockCache cache;
  const std::uint64_t one = cache.new_file(), other = cache.new_file();
  std::atomic<int> fetches = 0;
  const auto fetch = [&](char value) {
    return [&fetches, value] {
      ++fetches;
      return one_byte(value);
    };
  };
  EXPECT_EQ(cache.block(one, 0, fetch('a')).get()->front(), 'a');
  EXPECT_EQ(cache.block(one, 0, fetch('b')).get()->front(), 'a');
  EXPECT_EQ(cache.block(other, 0, fetch('c')).get()->front(), 'c');
  EXPECT_EQ(fetches, 2);
  cache.drop(one);
  EXPECT_EQ(cache.block(one, 0, fetch('d')).get()->front(), 'd');
  EXPECT_EQ(cache.block(other, 0, fetch('e')).get()->front(), 'c');
}

TEST(BlockCache, LetsGoOfWhatAFetchHolds) {
  BlockCache cache;
  auto file = std::make_shared<int>(0);
  const std::weak_ptr<int> held = file;
  const auto kept = cache.block(cache.new_file(), 0, [file = std::move(file)] { return one_byte('x'); });
  kept.wait();
  for (int i = 0; i < 1000 && !held.expired(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(held.expired());
}

TEST(BlockCache, GivesAFaultToEveryoneWhoWaits) {
  BlockCache cache;
  const auto failed = cache.block(cache.new_file(), 0, []() -> BlockCache::Bytes { throw std::runtime_error("gone"); });
  EXPECT_THROW(failed.get(), std::runtime_error);
}

}  // namespace
}  // namespace backtest
