#include "data/objects/piece_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace backtest {
namespace {

constexpr SourceRange front{.offset = 0, .size = 1}, middle{.offset = 1, .size = 1};

PieceCache::Bytes one_byte(char value) {
  return std::make_shared<const std::vector<char>>(1, value);
}

TEST(PieceCache, HoldsNoMoreOfManyFilesThanOfOne) {
  PieceCache cache;
  constexpr std::uint64_t size = PieceCache::most_bytes / 20;
  std::vector<std::weak_ptr<const std::vector<char>>> fetched;
  for (int file = 0; file < 30; ++file) {
    const std::uint64_t number = cache.new_file();
    for (std::uint64_t piece = 0; piece < 10; ++piece) {
      const SourceRange range{.offset = piece * size, .size = size};
      fetched.push_back(cache.piece(number, range, [] { return one_byte('x'); }).get());
    }
  }
  // A thread lets go of what it fetched a moment after those who wait have it.
  const auto held = [&] { return std::ranges::count_if(fetched, [](const auto& bytes) { return !bytes.expired(); }); };
  for (int i = 0; i < 1000 && held() > 20; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(held(), 20);
}

TEST(PieceCache, WhatIsDroppedMakesRoom) {
  PieceCache cache;
  const SourceRange half{.offset = 0, .size = PieceCache::most_bytes / 2};
  const std::uint64_t kept = cache.new_file(), dropped = cache.new_file(), late = cache.new_file();
  cache.piece(kept, half, [] { return one_byte('a'); }).wait();
  cache.piece(dropped, half, [] { return one_byte('b'); }).wait();
  cache.drop(dropped);
  cache.piece(late, half, [] { return one_byte('c'); }).wait();
  EXPECT_EQ(cache.piece(kept, half, [] { return one_byte('?'); }).get()->front(), 'a');
}

TEST(PieceCache, FetchesAPieceOnceWhileItIsKept) {
  PieceCache cache;
  const std::uint64_t one = cache.new_file(), other = cache.new_file();
  std::atomic<int> fetches = 0;
  const auto fetch = [&](char value) {
    return [&fetches, value] {
      ++fetches;
      return one_byte(value);
    };
  };
  EXPECT_EQ(cache.piece(one, front, fetch('a')).get()->front(), 'a');
  EXPECT_EQ(cache.piece(one, front, fetch('b')).get()->front(), 'a');
  EXPECT_EQ(cache.piece(other, front, fetch('c')).get()->front(), 'c');
  EXPECT_EQ(cache.piece(one, middle, fetch('m')).get()->front(), 'm');
  EXPECT_EQ(fetches, 3);
  cache.drop(one);
  EXPECT_EQ(cache.piece(one, front, fetch('d')).get()->front(), 'd');
  EXPECT_EQ(cache.piece(other, front, fetch('e')).get()->front(), 'c');
}

TEST(PieceCache, LetsGoOfWhatAFetchHolds) {
  PieceCache cache;
  auto file = std::make_shared<int>(0);
  const std::weak_ptr<int> held = file;
  const auto kept = cache.piece(cache.new_file(), front, [file = std::move(file)] { return one_byte('x'); });
  kept.wait();
  for (int i = 0; i < 1000 && !held.expired(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(held.expired());
}

TEST(PieceCache, GivesAFaultToEveryoneWhoWaits) {
  PieceCache cache;
  const auto failed =
      cache.piece(cache.new_file(), front, []() -> PieceCache::Bytes { throw std::runtime_error("gone"); });
  EXPECT_THROW(failed.get(), std::runtime_error);
}

}  // namespace
}  // namespace backtest
