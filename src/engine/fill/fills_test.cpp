#include "engine/fill/fills.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

// One order at price 10: what becomes of it?
struct Case {
  const char* rule;
  double quantity;
  bool closes;
  BrokerPolicy broker;
  double volume;
  double filled;  // 0 = no fill
  double price;
  double commission;
  double slippage_cost;
  std::vector<RejectReason> rejects;
};

constexpr auto clip = RejectReason::participation_cap;
constexpr auto few = RejectReason::min_trade_shares;
constexpr auto small = RejectReason::min_trade_notional;

const Case cases[] = {
    {"without costs", 100, false, {}, missing, 100, 10, 0, 0, {}},
    {"BRK-7 a buy pays half the spread and slippage",
     100,
     false,
     {.slippage_bps = 5, .spread_bps = 10},
     missing,
     100,
     10.01,
     0,
     1,
     {}},
    {"BRK-7 a sell receives less", -100, false, {.slippage_bps = 5, .spread_bps = 10}, missing, -100, 9.99, 0, 1, {}},
    {"BRK-8 commission on the notional with impact",
     100,
     false,
     {.slippage_bps = 10, .commission = 0.001},
     missing,
     100,
     10.01,
     1.001,
     1,
     {}},
    {"commission per share", -100, false, {.commission_per_share = 0.005}, missing, -100, 10, 0.5, 0, {}},
    {"commission adds up",
     100,
     false,
     {.commission = 0.001, .commission_per_share = 0.005},
     missing,
     100,
     10,
     1.5,
     0,
     {}},
    {"commission minimum", 100, false, {.commission = 0.001, .commission_minimum = 7}, missing, 100, 10, 7, 0, {}},
    {"commission minimum not binding",
     100,
     false,
     {.commission = 0.01, .commission_minimum = 7},
     missing,
     100,
     10,
     10,
     0,
     {}},
    {"BRK-6 within the cap", 100, false, {.max_participation_rate = 0.1}, 1000, 100, 10, 0, 0, {}},
    {"BRK-6 clipped", 150, false, {.max_participation_rate = 0.1}, 1000, 100, 10, 0, 0, {clip}},
    {"BRK-6 clipped sell", -150, false, {.max_participation_rate = 0.1}, 1000, -100, 10, 0, 0, {clip}},
    {"BRK-6 missing volume is no cap", 150, false, {.max_participation_rate = 0.1}, missing, 150, 10, 0, 0, {}},
    {"W-12 zero volume is no trade", 150, true, {.max_participation_rate = 0.1}, 0, 0, 0, 0, 0, {clip}},
    {"zero volume without a cap trades", 150, false, {}, 0, 150, 10, 0, 0, {}},
    {"W-15 clipping rounds down to the lot",
     150,
     false,
     {.lot_size = 30, .max_participation_rate = 0.1},
     1000,
     90,
     10,
     0,
     0,
     {clip}},
    {"W-15 clipping a close rounds down too",
     -150.5,
     true,
     {.allow_fractional_shares = false, .max_participation_rate = 0.1},
     1004,
     -100,
     10,
     0,
     0,
     {clip}},
    {"W-15 clipped below one lot",
     150,
     false,
     {.lot_size = 200, .max_participation_rate = 0.1},
     1000,
     0,
     0,
     0,
     0,
     {clip}},
    {"BRK-9 too few shares", 4, false, {.min_trade_shares = 5}, missing, 0, 0, 0, 0, {few}},
    {"BRK-9 just enough shares", 5, false, {.min_trade_shares = 5}, missing, 5, 10, 0, 0, {}},
    {"BRK-9 too small", 4, false, {.min_trade_notional = 41}, missing, 0, 0, 0, 0, {small}},
    {"BRK-9 impact counts in the notional",
     4,
     false,
     {.slippage_bps = 500, .min_trade_notional = 41},
     missing,
     4,
     10.5,
     0,
     2,
     {}},
    {"BRK-11 shares before notional",
     4,
     false,
     {.min_trade_notional = 50, .min_trade_shares = 5},
     missing,
     0,
     0,
     0,
     0,
     {few}},
    {"W-15 a close is exempt", -4, true, {.min_trade_notional = 50, .min_trade_shares = 5}, missing, -4, 10, 0, 0, {}},
    {"a clipped close is exempt",
     -40,
     true,
     {.min_trade_shares = 5, .max_participation_rate = 0.1},
     30,
     -3,
     10,
     0,
     0,
     {clip}},
    {"BRK-11 clipped, then too small",
     40,
     false,
     {.min_trade_shares = 5, .max_participation_rate = 0.1},
     30,
     0,
     0,
     0,
     0,
     {clip, few}},
};

TEST(Fills, OfOneOrder) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    const std::vector<Order> orders = {{.instrument = 0, .quantity = c.quantity, .closes = c.closes}};
    const std::vector<double> prices = {10.0}, volumes = {c.volume};
    std::vector<Fill> fills;
    std::vector<Reject> rejects;
    fill_orders(c.broker, orders, prices, volumes, 2, fills, rejects);
    std::vector<RejectReason> reasons;
    for (const Reject& reject : rejects) reasons.push_back(reject.reason);
    EXPECT_EQ(reasons, c.rejects);
    ASSERT_EQ(fills.size(), c.filled == 0.0 ? 0u : 1u);
    if (fills.empty()) continue;
    EXPECT_DOUBLE_EQ(fills[0].quantity, c.filled);
    EXPECT_DOUBLE_EQ(fills[0].price, c.price);
    EXPECT_DOUBLE_EQ(fills[0].notional, c.filled * c.price);
    EXPECT_NEAR(fills[0].commission, c.commission, 1e-12);
    EXPECT_NEAR(fills[0].slippage_cost, c.slippage_cost, 1e-9);
  }
}

TEST(Fills, ARejectSaysWhatWasAskedAndWhatRemained) {  // BRK-11
  std::vector<Fill> fills;
  std::vector<Reject> rejects;
  fill_orders({.max_participation_rate = 0.1}, std::vector<Order>{{.instrument = 0, .quantity = 150}},
              std::vector{10.0}, std::vector{1000.0}, 2, fills, rejects);
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_EQ(rejects[0].requested_quantity, 150);
  EXPECT_EQ(rejects[0].executed_quantity, 100);
  EXPECT_EQ(rejects[0].requested_notional, 1500);
  EXPECT_EQ(rejects[0].executed_notional, 1000);
}

TEST(Fills, ACutThatIsRoundingIsNoReject) {  // BRK-17
  const auto rejects_with = [](double cash) {
    std::vector<Order> orders = {{.instrument = 0, .quantity = 10.0, .value = 100.0}};
    std::vector<Fill> fills;
    std::vector<Reject> rejects;
    constexpr double nav = 1000.0;
    fill_orders_within_cash({}, orders, std::vector{10.0}, {}, 2, cash, nav, fills, rejects);
    EXPECT_EQ(fills.size(), 1u);
    EXPECT_EQ(fills[0].quantity, cash / 10.0) << "what is filled is cut all the same";
    return rejects.size();
  };
  EXPECT_EQ(rejects_with(100.0 - 1e-10), 0u);
  EXPECT_EQ(rejects_with(100.0 - 1e-8), 1u);
}

}  // namespace
}  // namespace backtest
