// The pieces of objects that were read last, whichever file they are of, so that a table of many files holds no more
// than one of few.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "data/data_source.hpp"
#include "data/objects/fetch_threads.hpp"

namespace backtest {

class PieceCache {
 public:
  using Bytes = std::shared_ptr<const std::vector<char>>;
  // Any thread. May throw, which is what those who wait for the piece are given.
  using Fetch = std::function<Bytes()>;

  // Columns of a row group are read side by side, each from a piece of its own; the next ones are under way.
  static constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;

  // A number for a file, of this cache.
  std::uint64_t new_file();
  // What stands in `file` at `range`: what is kept or is, fetched by a thread of the cache, new. Only whole pieces are
  // found again.
  std::shared_future<Bytes> piece(std::uint64_t file, const SourceRange& range, Fetch fetch);
  void drop(std::uint64_t file);

  FetchThreads& threads() { return threads_; }

 private:
  struct Piece {
    std::uint64_t file = 0;
    SourceRange range;
    std::shared_future<Bytes> bytes;
  };

  std::mutex mutex_;
  std::uint64_t files_ = 0;
  std::list<Piece> pieces_;  // used last first
  std::uint64_t bytes_ = 0;  // of all of them
  FetchThreads threads_;     // ends before the pieces
};

}  // namespace backtest
