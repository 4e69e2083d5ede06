// How an object is cut into what one request fetches. A request costs about as much as some megabytes, and bytes that
// nobody reads cost, too: so pieces are large where much is read in a row, and nothing else is fetched along with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/data_source.hpp"

namespace backtest {

class Pieces {
 public:
  static constexpr std::uint64_t most_bytes = std::uint64_t{8} << 20;

  // Of an object of which nothing is known yet: all of it, and the end apart, where a Parquet file says what it holds.
  explicit Pieces(std::uint64_t size_bytes);
  // For `ranges`, in any order and perhaps touching one another; what lies between is cut small.
  Pieces(std::uint64_t size_bytes, std::span<const SourceRange> ranges);

  // The piece with the byte at `offset`, which is within the object.
  SourceRange holding(std::uint64_t offset) const;
  // The piece that will be read after `piece`, where one follows it without a gap.
  std::optional<SourceRange> after(const SourceRange& piece) const;
  SourceRange last() const { return holding(size_bytes_ - 1); }

 private:
  void cut(const SourceRange& range);

  std::uint64_t size_bytes_;
  std::vector<SourceRange> planned_;  // ascending, apart
};

}  // namespace backtest
