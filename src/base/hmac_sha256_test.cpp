#include "base/hmac_sha256.hpp"

#include <gtest/gtest.h>

#include "base/hex_text.hpp"

namespace backtest {
namespace {

// RFC 4231, test case 2.
TEST(HmacSha256, GivesTheKnownAnswer) {
  EXPECT_EQ(hex_text(hmac_sha256(Secret("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace backtest
