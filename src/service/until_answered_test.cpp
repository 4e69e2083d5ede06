#include "service/until_answered.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <system_error>

#include "run_store/run_store.hpp"

namespace backtest {
namespace {

TEST(UntilAnswered, AsksAgainWhileTheStoreDoesNotAnswer) {
  int asked = 0;
  const auto ask = [&] {
    if (++asked < 3) throw StoreUnavailable("the connection was lost");
  };
  EXPECT_TRUE(until_answered("the store does not answer", ask, [] { return false; }));
  EXPECT_EQ(asked, 3);
}

TEST(UntilAnswered, AsksAgainWhileNoThreadIsToBeHad) {
  int asked = 0;
  const auto ask = [&] {
    if (++asked < 3) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  };
  EXPECT_TRUE(until_answered("no thread can be started", ask, [] { return false; }));
  EXPECT_EQ(asked, 3);
}

TEST(UntilAnswered, EndsWhereTheProcessIsToStop) {
  const auto ask = [] { throw StoreUnavailable("the connection was lost"); };
  EXPECT_FALSE(until_answered("the store does not answer", ask, [] { return true; }));
}

TEST(UntilAnswered, WhatWaitingCannotMendGoesThrough) {
  const auto ask = [] { throw std::invalid_argument("another replica is live"); };
  EXPECT_THROW(until_answered("the store does not answer", ask, [] { return false; }), std::invalid_argument);
  const auto not_permitted = [] { throw std::system_error(std::make_error_code(std::errc::permission_denied)); };
  EXPECT_THROW(until_answered("no thread can be started", not_permitted, [] { return false; }), std::system_error);
}

}  // namespace
}  // namespace backtest
