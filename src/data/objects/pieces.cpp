#include "data/objects/pieces.hpp"

#include <algorithm>

namespace backtest {

namespace {

// One request for the whole costs less than two for its parts.
constexpr std::uint64_t small_object_bytes = std::uint64_t{1} << 20;
// Holds the footer of most Parquet files, of which Arrow reads 64 KiB first.
constexpr std::uint64_t end_bytes = std::uint64_t{256} << 10;
// So much is rather read in vain than asked for by another request.
constexpr std::uint64_t bridged_bytes = std::uint64_t{128} << 10;

}  // namespace

Pieces::Pieces(std::uint64_t size_bytes) : size_bytes_(size_bytes) {
  const std::uint64_t end = size_bytes <= small_object_bytes ? 0 : end_bytes;
  cut({.offset = 0, .size = size_bytes - end});
  cut({.offset = size_bytes - end, .size = end});
}

Pieces::Pieces(std::uint64_t size_bytes, std::span<const SourceRange> ranges) : size_bytes_(size_bytes) {
  if (size_bytes <= small_object_bytes) {
    cut({.offset = 0, .size = size_bytes});
    return;
  }
  std::vector<SourceRange> wanted(ranges.begin(), ranges.end());
  std::ranges::sort(wanted, {}, &SourceRange::offset);
  std::optional<SourceRange> joined;
  for (const SourceRange& range : wanted) {
    // A damaged file may name any range.
    if (range.offset >= size_bytes || range.size == 0) continue;
    const std::uint64_t end = range.offset + std::min(range.size, size_bytes - range.offset);
    if (joined && range.offset <= joined->offset + joined->size + bridged_bytes) {
      joined->size = std::max(joined->size, end - joined->offset);
      continue;
    }
    if (joined) cut(*joined);
    joined = {.offset = range.offset, .size = end - range.offset};
  }
  if (joined) cut(*joined);
}

void Pieces::cut(const SourceRange& range) {
  for (std::uint64_t done = 0; done < range.size; done += most_bytes) {
    planned_.push_back({.offset = range.offset + done, .size = std::min(most_bytes, range.size - done)});
  }
}

SourceRange Pieces::holding(std::uint64_t offset) const {
  const auto next = std::ranges::upper_bound(planned_, offset, {}, &SourceRange::offset);
  std::uint64_t gap_begin = 0;
  if (next != planned_.begin()) {
    const SourceRange& before = *std::prev(next);
    gap_begin = before.offset + before.size;
    if (offset < gap_begin) return before;
  }
  const std::uint64_t gap_end = next == planned_.end() ? size_bytes_ : next->offset;
  const std::uint64_t begin = gap_begin + (offset - gap_begin) / end_bytes * end_bytes;
  return {.offset = begin, .size = std::min(end_bytes, gap_end - begin)};
}

std::optional<SourceRange> Pieces::after(const SourceRange& piece) const {
  const auto next = std::ranges::lower_bound(planned_, piece.offset + piece.size, {}, &SourceRange::offset);
  if (next == planned_.end() || next->offset != piece.offset + piece.size) return std::nullopt;
  return *next;
}

}  // namespace backtest
