#include "data/objects/piece_cache.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace backtest {

std::uint64_t PieceCache::new_file() {
  const std::lock_guard lock(mutex_);
  return files_++;
}

std::shared_future<PieceCache::Bytes> PieceCache::piece(std::uint64_t file, const SourceRange& range, Fetch fetch) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(pieces_, [&](const Piece& piece) { return piece.file == file && piece.range == range; });
  if (found != pieces_.end()) {
    pieces_.splice(pieces_.begin(), pieces_, found);
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
  pieces_.push_front({.file = file, .range = range, .bytes = bytes});
  bytes_ += range.size;
  while (bytes_ > most_bytes && pieces_.size() > 1) {
    bytes_ -= pieces_.back().range.size;
    pieces_.pop_back();
  }
  return bytes;
}

void PieceCache::drop(std::uint64_t file) {
  const std::lock_guard lock(mutex_);
  for (auto at = pieces_.begin(); at != pieces_.end();) {
    const auto piece = at++;
    if (piece->file != file) continue;
    bytes_ -= piece->range.size;
    pieces_.erase(piece);
  }
}

}  // namespace backtest
