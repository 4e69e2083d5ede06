#include "data/objects/block_cache.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace backtest {

std::uint64_t BlockCache::new_file() {
  const std::lock_guard lock(mutex_);
  return files_++;
}

std::shared_future<BlockCache::Bytes> BlockCache::block(std::uint64_t file, std::uint64_t number, Fetch fetch) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(blocks_, [&](const Block& block) { return block.file == file && block.number == number; });
  if (found != blocks_.end()) {
    blocks_.splice(blocks_.begin(), blocks_, found);
    return found->bytes;
  }
  // No packaged_task: its future would keep the fetch, which keeps the file, which keeps this cache.
  auto promise = std::make_shared<std::promise<Bytes>>();
  std::shared_future<Bytes> bytes = promise->get_future().share();
  threads_.add([promise = std::move(promise), fetch = std::move(fetch)] {
    try {
      promise->set_value(fetch());
    } catch (...) {
      promise->set_exception(std::current_exception());
    }
  });
  blocks_.push_front({.file = file, .number = number, .bytes = bytes});
  if (blocks_.size() > most_blocks) blocks_.pop_back();
  return bytes;
}

void BlockCache::drop(std::uint64_t file) {
  const std::lock_guard lock(mutex_);
  std::erase_if(blocks_, [&](const Block& block) { return block.file == file; });
}

}  // namespace backtest
