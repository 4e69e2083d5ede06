// The blocks of objects that were read last, whichever file they are of, so that a table of many files holds no more
// than one of few.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "data/objects/fetch_threads.hpp"

namespace backtest {

class BlockCache {
 public:
  using Bytes = std::shared_ptr<const std::vector<char>>;
  // Any thread. May throw, which is what those who wait for the block are given.
  using Fetch = std::function<Bytes()>;

  static constexpr std::uint64_t block_bytes = std::uint64_t{2} << 20;
  // A row group is read column by column, each from a place of its own: so many columns find their next block, and the
  // files that were opened ahead their last.
  static constexpr std::size_t most_blocks = 40;

  // A number for a file, of this cache.
  std::uint64_t new_file();
  // The block `number` of `file`: the one that is kept or, fetched by a thread of the cache, a new one.
  std::shared_future<Bytes> block(std::uint64_t file, std::uint64_t number, Fetch fetch);
  void drop(std::uint64_t file);

  FetchThreads& threads() { return threads_; }

 private:
  struct Block {
    std::uint64_t file = 0;
    std::uint64_t number = 0;
    std::shared_future<Bytes> bytes;
  };

  std::mutex mutex_;
  std::uint64_t files_ = 0;
  std::list<Block> blocks_;  // used last first
  FetchThreads threads_;     // ends before the blocks
};

}  // namespace backtest
