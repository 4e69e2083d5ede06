#include "engine/order/orders.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace backtest {
namespace {

// One instrument at price 10 and NAV 1000: what order does a target make of a holding?
struct Case {
  const char* rule;
  double shares, weight;
  BrokerPolicy broker;
  double quantity;  // 0 = no order
  bool closes = false;
  const char* reject = "";
};

std::string text(RejectReason reason) {
  switch (reason) {
    case RejectReason::missing_open_price:
      return "missing_open_price";
    case RejectReason::rounded_to_zero:
      return "rounded_to_zero";
    case RejectReason::expired:
      return "expired";
    default:
      return "other";
  }
}

BrokerPolicy lots(int size, RoundingMode mode) {
  return {.allow_fractional_shares = false, .lot_size = size, .rounding_mode = mode};
}

const Case cases[] = {
    {"BRK-4 buys the difference in value", 0, 0.5, {}, 50},
    {"BRK-4 sells the difference in value", 80, 0.5, {}, -30},
    {"BRK-14 one order flips the side", 20, -0.1, {}, -30},
    {"W-14 a target of 0 closes exactly", 0.1 + 0.2, 0.0, {}, -(0.1 + 0.2), true},
    {"W-14 dust of a held name is not sent", 50, 0.5 + 5e-10, {}, 0},
    {"W-14 dust of a new name is not sent", 0, 5e-10, {}, 0},
    {"W-14 closing dust is sent", 1e-11, 0.0, {}, -1e-11, true},
    {"W-14 just above dust is sent", 0, 2e-9, {}, 2e-7},
    {"nothing held, nothing wanted", 0, 0.0, {}, 0},
    {"W-15 the holding is rounded: 57 wanted", 3, 0.57, lots(10, RoundingMode::toward_zero), 47},
    {"W-15 odd holdings heal", 13.5, 0.5, lots(10, RoundingMode::toward_zero), 36.5},
    {"W-15 floor", 0, 0.57, lots(10, RoundingMode::floor), 50},
    {"W-15 floor of a short is the larger short", 0, -0.57, lots(10, RoundingMode::floor), -60},
    {"W-15 ceil", 0, 0.51, lots(10, RoundingMode::ceil), 60},
    {"NUM-10 nearest, halves to even", 0, 0.25, lots(10, RoundingMode::nearest), 20},
    {"NUM-10 nearest, halves to even above", 0, 0.35, lots(10, RoundingMode::nearest), 40},
    {"BRK-5 whole shares without fractions", 0, 0.579, lots(1, RoundingMode::toward_zero), 57},
    {"BRK-5 a lot size rounds fractional books too", 0, 0.57, {.lot_size = 10}, 50},
    {"a holding that rounds to zero is a close", 7, 0.04, lots(10, RoundingMode::toward_zero), -7, true},
    {"BRK-5 nothing left after rounding", 0, 0.04, lots(10, RoundingMode::toward_zero), 0, false, "rounded_to_zero"},
    {"BRK-5 rounds back to what is held", 50, 0.54, lots(10, RoundingMode::toward_zero), 0, false, "rounded_to_zero"},
    {"W-13 each_order: notional + commission = value",
     0,
     0.5,
     {.slippage_bps = 100.0, .commission = 0.01, .cost_financing = CostFinancing::each_order},
     500.0 / (10.1 * 1.01)},
    {"W-13 each_order with a minimum commission",
     0,
     0.5,
     {.commission = 0.001, .commission_minimum = 20.0, .cost_financing = CostFinancing::each_order},
     48},
    {"W-13 each_order per share",
     0,
     0.5,
     {.commission_per_share = 0.5, .cost_financing = CostFinancing::each_order},
     500.0 / 10.5},
    {"a sell raises after its costs what it was to raise",
     80,
     0.5,
     {.slippage_bps = 100.0, .commission = 0.01, .cost_financing = CostFinancing::each_order},
     -300.0 / (9.9 * 0.99)},
    {"a sell with a minimum commission",
     80,
     0.5,
     {.commission = 0.001, .commission_minimum = 20.0, .cost_financing = CostFinancing::each_order},
     -32},
    {"a sell towards a long target ends with the holding",
     80,
     0.01,
     {.commission = 0.05, .cost_financing = CostFinancing::each_order},
     -80,
     true},
    {"a sell towards a short target does not",
     20,
     -0.3,
     {.commission = 0.01, .cost_financing = CostFinancing::each_order},
     -500.0 / 9.9},
    {"a close sells the holding, whatever it costs",
     80,
     0.0,
     {.commission = 0.01, .cost_financing = CostFinancing::each_order},
     -80,
     true},
};

TEST(Orders, OfOneInstrument) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    std::vector<HeldPosition> held;
    if (c.shares != 0.0) held.push_back({.instrument = 0, .shares = c.shares, .mark = 10.0});
    const std::vector<double> prices = {10.0};
    const TargetWeights targets{.weights = {{0, c.weight}}};
    std::vector<Order> orders;
    std::vector<Reject> rejects;
    make_orders(c.broker, targets, held, prices, 1000.0, 3, orders, rejects);
    ASSERT_EQ(orders.size(), c.quantity == 0.0 ? 0u : 1u);
    if (!orders.empty()) {
      if (c.closes) {
        EXPECT_EQ(orders[0].quantity, c.quantity);
      } else {
        EXPECT_NEAR(orders[0].quantity, c.quantity, 1e-12 * std::max(1.0, std::abs(c.quantity)));
      }
      EXPECT_EQ(orders[0].closes, c.closes);
    }
    ASSERT_EQ(rejects.size(), *c.reject == '\0' ? 0u : 1u);
    if (!rejects.empty()) {
      EXPECT_EQ(text(rejects[0].reason), c.reject);
    }
  }
}

// BRK-3: positions united with targets, ascending.
struct BookCase {
  const char* rule;
  bool whole_book;
  std::vector<InstrumentIndex> expected;
};

TEST(Orders, OfABook) {
  const std::vector<HeldPosition> held = {{.instrument = 1, .shares = 10, .mark = 10},
                                          {.instrument = 3, .shares = 10, .mark = 10}};
  const std::vector<double> prices(5, 10.0);
  const BookCase books[] = {{"BRK-3 what is not listed goes to zero", true, {0, 1, 2, 3}},
                            {"W-6 off schedule the others keep their shares", false, {0, 2}}};
  for (const BookCase& c : books) {
    SCOPED_TRACE(c.rule);
    const TargetWeights targets{.whole_book = c.whole_book, .weights = {{0, 0.1}, {2, 0.1}}};
    std::vector<Order> orders;
    std::vector<Reject> rejects;
    make_orders({}, targets, held, prices, 1000.0, 0, orders, rejects);
    std::vector<InstrumentIndex> instruments;
    for (const Order& order : orders) instruments.push_back(order.instrument);
    EXPECT_EQ(instruments, c.expected);
  }
}

TEST(Orders, AMissingPriceIsARejectOfWhateverWasWanted) {  // W-21, W-50
  const std::vector<HeldPosition> held = {{.instrument = 1, .shares = 10, .mark = 10}};
  const std::vector<double> prices(3, missing);
  std::vector<Order> orders;
  std::vector<Reject> rejects;
  make_orders({}, {.weights = {{0, 0.5}}}, held, prices, 1000.0, 7, orders, rejects);
  EXPECT_TRUE(orders.empty());
  ASSERT_EQ(rejects.size(), 2u);
  for (const Reject& reject : rejects) {
    EXPECT_EQ(reject.reason, RejectReason::missing_open_price);
    EXPECT_EQ(reject.bar, 7u);
    EXPECT_EQ(reject.requested_quantity, 0.0);
    EXPECT_TRUE(std::isnan(reject.requested_notional));
  }
}

TEST(Orders, NothingIsSizedOnAnEmptyPurse) {  // BRK-2
  std::vector<Order> orders;
  std::vector<Reject> rejects;
  make_orders({}, {.weights = {{0, 0.5}}}, {}, std::vector{10.0}, 0.0, 0, orders, rejects);
  EXPECT_TRUE(orders.empty());
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_EQ(rejects[0].reason, RejectReason::expired);
}

}  // namespace
}  // namespace backtest
