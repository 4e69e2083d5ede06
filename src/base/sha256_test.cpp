#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(Sha256, KnownDigest) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, FramesKeepAdjacentTextsApart) {
  Sha256 first;
  first.update_framed("ab");
  first.update_framed("c");
  Sha256 second;
  second.update_framed("a");
  second.update_framed("bc");
  EXPECT_NE(first.hex(), second.hex());
}

TEST(Sha256, BothZerosAndAllNansAreOne) {
  Sha256 positive;
  positive.update(0.0);
  Sha256 negative;
  negative.update(-0.0);
  EXPECT_EQ(positive.hex(), negative.hex());
}

}  // namespace
}  // namespace backtest
