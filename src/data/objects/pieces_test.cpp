#include "data/objects/pieces.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace backtest {
namespace {

constexpr std::uint64_t kib = 1024, mib = 1024 * kib;

TEST(Pieces, OfASmallObjectThereIsOne) {
  for (const Pieces& pieces : {Pieces(mib), Pieces(mib, std::vector<SourceRange>{{.offset = 10, .size = 20}})}) {
    EXPECT_EQ(pieces.holding(0), (SourceRange{.offset = 0, .size = mib}));
    EXPECT_EQ(pieces.holding(mib - 1), (SourceRange{.offset = 0, .size = mib}));
    EXPECT_EQ(pieces.after(pieces.holding(0)), std::nullopt);
  }
}

TEST(Pieces, OfAnUnknownObjectTheEndIsApart) {
  const Pieces pieces(20 * mib);
  EXPECT_EQ(pieces.last(), (SourceRange{.offset = 20 * mib - 256 * kib, .size = 256 * kib}));
  EXPECT_EQ(pieces.holding(0), (SourceRange{.offset = 0, .size = 8 * mib}));
  EXPECT_EQ(pieces.after({.offset = 0, .size = 8 * mib}), (SourceRange{.offset = 8 * mib, .size = 8 * mib}));
  EXPECT_EQ(pieces.holding(17 * mib), (SourceRange{.offset = 16 * mib, .size = 4 * mib - 256 * kib}));
}

TEST(Pieces, OfWantedRangesNothingElseIsFetched) {
  const std::vector<SourceRange> wanted = {{.offset = 30 * mib, .size = 9 * mib}, {.offset = 4, .size = 100 * kib}};
  const Pieces pieces(60 * mib, wanted);
  EXPECT_EQ(pieces.holding(50), (SourceRange{.offset = 4, .size = 100 * kib}));
  EXPECT_EQ(pieces.after(pieces.holding(50)), std::nullopt);
  EXPECT_EQ(pieces.holding(31 * mib), (SourceRange{.offset = 30 * mib, .size = 8 * mib}));
  EXPECT_EQ(pieces.after(pieces.holding(31 * mib)), (SourceRange{.offset = 38 * mib, .size = mib}));
  EXPECT_LE(pieces.holding(45 * mib).size, 256 * kib);  // nobody said that it would be read
}

TEST(Pieces, RangesThatNearlyTouchAreOne) {
  const Pieces pieces(60 * mib,
                      std::vector<SourceRange>{{.offset = 4, .size = mib}, {.offset = mib + kib, .size = mib}});
  EXPECT_EQ(pieces.holding(4), (SourceRange{.offset = 4, .size = 2 * mib + kib - 4}));
}

RC_GTEST_PROP(PiecesProperty, EveryByteIsInOnePieceOfTheObject, ()) {
  const std::uint64_t size = *rc::gen::inRange<std::uint64_t>(1, 40 * mib);
  std::vector<SourceRange> wanted(*rc::gen::inRange<std::size_t>(0, 6));
  for (SourceRange& range : wanted) {
    range = {.offset = *rc::gen::inRange<std::uint64_t>(0, 50 * mib),
             .size = *rc::gen::inRange<std::uint64_t>(0, 20 * mib)};
    if (*rc::gen::inRange(0, 20) == 0) range.size = ~std::uint64_t{0};  // of a damaged file
  }
  const Pieces pieces = *rc::gen::inRange(0, 4) == 0 ? Pieces(size) : Pieces(size, wanted);
  std::uint64_t at = 0;
  while (at < size) {
    const SourceRange piece = pieces.holding(at);
    RC_ASSERT(piece.offset == at);  // the one before ends where this one begins
    RC_ASSERT(piece.size > 0 && piece.size <= Pieces::most_bytes && piece.size <= size - at);
    RC_ASSERT(pieces.holding(at + piece.size - 1) == piece);
    const auto next = pieces.after(piece);
    RC_ASSERT(!next || next->offset == at + piece.size);
    at += piece.size;
  }
}

}  // namespace
}  // namespace backtest
