#include "engine/order/self_financing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/cost/transaction_cost.hpp"

namespace backtest {
namespace {

struct Case {
  const char* what;
  BrokerPolicy broker;
  TargetWeights targets;
  std::vector<HeldPosition> held;
  double after;  // of a NAV of 1000, at prices of 10
};

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(SelfFinancing, WhatCostsLeave) {
  const std::vector<HeldPosition> all_in_a = {{.instrument = 0, .shares = 100, .mark = 10}};
  const Case cases[] = {
      {"free", {}, {.weights = {{0, 1.0}}}, {}, 1000},
      {"all in: V = 1000 - 0.01 V", {.commission = 0.01}, {.weights = {{0, 1.0}}}, {}, 1000 / 1.01},
      {"slippage counts: V = 1000 - 0.02 V", {.slippage_bps = 200}, {.weights = {{0, 1.0}}}, {}, 1000 / 1.02},
      {"a close costs what is held", {.commission = 0.01}, {.weights = {}}, all_in_a, 990},
      {"what stays costs its shrinking: V = 1000 - 0.01 (1000 - V)",
       {.commission = 0.01},
       {.weights = {{0, 1.0}}},
       all_in_a,
       1000},
      {"from A to B: V = 1000 - 10 - 0.01 V", {.commission = 0.01}, {.weights = {{1, 1.0}}}, all_in_a, 990 / 1.01},
      {"a name without a price is not traded", {.commission = 0.01}, {.weights = {{2, 1.0}}}, {}, 1000},
      {"off schedule others keep still",
       {.commission = 0.01},
       {.whole_book = false, .weights = {{1, 0.5}}},
       all_in_a,
       1000 / 1.005},
      {"kept names keep still", {.commission = 0.01}, {.weights = {}, .kept = {0}}, all_in_a, 1000},
      {"costs as large as the trade", {.commission = 2.0}, {.weights = {{0, 1.0}}}, {}, 1000 / 3.0},
      {"a minimum that eats all", {.commission_minimum = 2000}, {.weights = {{0, 1.0}}}, {}, 0},
  };
  const std::vector<double> prices = {10, 10, nan};
  for (const Case& c : cases) {
    EXPECT_NEAR(nav_after_costs(c.broker, c.targets, c.held, prices, 1000), c.after, 1e-12 * 1000) << c.what;
  }
}

TEST(SelfFinancing, SharesAndMoneyAgree) {
  for (const BrokerPolicy& broker :
       {BrokerPolicy{.slippage_bps = 10, .commission = 0.002}, BrokerPolicy{.commission_per_share = 0.05},
        BrokerPolicy{.commission = 0.001, .commission_minimum = 7}}) {
    for (const double value : {20.0, 500.0, 1e6}) {
      const double bought = shares_bought_for(broker, 10, value);
      EXPECT_NEAR(bought * 10 + cost_of(broker, 10, bought), value, 1e-12 * value);
      const double sold = shares_sold_to_raise(broker, 10, value);
      EXPECT_NEAR(sold * 10 - cost_of(broker, 10, -sold), value, 1e-12 * value);
    }
  }
}

}  // namespace
}  // namespace backtest
