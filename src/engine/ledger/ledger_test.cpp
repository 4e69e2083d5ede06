#include "engine/ledger/ledger.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/broken_invariant.hpp"

namespace backtest {
namespace {

// Closes by bar of one instrument; every other field follows from them.
struct Market {
  explicit Market(std::vector<double> closes) : close(std::move(closes)), row(close.size(), 1) {
    for (std::size_t bar = 0; bar < close.size(); ++bar) panel.dates.push_back({static_cast<int>(bar)});
    panel.instruments = {"A"};
    panel.close = close;
    panel.has_row = row;
  }
  std::span<const std::uint8_t> row_at(std::size_t bar) const { return std::span(row).subspan(bar, 1); }

  std::vector<double> close, split;
  std::vector<std::uint8_t> row;
  Panel panel;
};

void trade(Ledger& ledger, std::uint32_t bar, double quantity, double price, double commission = 0.0) {
  std::vector<Fill> fills = {{.bar = bar,
                              .instrument = 0,
                              .quantity = quantity,
                              .price = price,
                              .notional = quantity * price,
                              .commission = commission}};
  ledger.book(fills, std::vector{price}, true);
}

// BRK-13, BRK-14: the entry after each fill.
struct EntryCase {
  const char* rule;
  std::vector<std::pair<double, double>> fills;  // quantity, price; one per bar
  double shares, average_entry_price;
  std::size_t entry_bar;
};

TEST(Ledger, EntryState) {
  const EntryCase cases[] = {
      {"a first fill is an entry", {{10, 20}}, 10, 20, 0},
      {"BRK-13 adding averages and keeps the date", {{10, 20}, {30, 40}}, 40, 35, 0},
      {"BRK-13 reducing keeps the price", {{10, 20}, {-4, 40}}, 6, 20, 0},
      {"BRK-14 a flip is a new entry", {{10, 20}, {-15, 40}}, -5, 40, 1},
      {"a short averages too", {{-10, 20}, {-30, 40}}, -40, 35, 0},
      {"closed, then entered again", {{10, 20}, {-10, 30}, {5, 50}}, 5, 50, 2},
  };
  for (const EntryCase& c : cases) {
    SCOPED_TRACE(c.rule);
    Ledger ledger(10'000);
    Market market(std::vector<double>(c.fills.size(), 25.0));
    for (std::uint32_t bar = 0; bar < c.fills.size(); ++bar) {
      ledger.begin_bar();
      trade(ledger, bar, c.fills[bar].first, c.fills[bar].second);
      ledger.mark(market.panel, bar);
    }
    ASSERT_EQ(ledger.held().size(), 1u);
    EXPECT_EQ(ledger.held()[0].shares, c.shares);
    EXPECT_EQ(ledger.held()[0].average_entry_price, c.average_entry_price);
    EXPECT_EQ(ledger.held()[0].entry_bar, c.entry_bar);
  }
}

TEST(Ledger, CashPaysNotionalAndCommission) {  // BRK-10
  Ledger ledger(1000);
  ledger.begin_bar();
  std::vector<Fill> fills = {{.instrument = 0, .quantity = 5, .price = 20, .notional = 100, .commission = 1},
                             {.instrument = 2, .quantity = -5, .price = 10, .notional = -50, .commission = 2}};
  ledger.book(fills, std::vector{20.0, missing, 10.0}, true);
  EXPECT_EQ(fills[0].cash_after, 899);
  EXPECT_EQ(fills[1].cash_after, 947);
  EXPECT_EQ(ledger.flows().commission, 3);
  EXPECT_EQ(ledger.flows().traded_notional, 150);
  EXPECT_EQ(ledger.flows().fill_count, 2u);
}

TEST(Ledger, AMissingCloseCarriesTheMark) {  // W-1
  Ledger ledger(1000);
  Market market({20, missing, 22});
  ledger.begin_bar();
  trade(ledger, 0, 10, 20);
  ledger.mark(market.panel, 0);
  ledger.begin_bar();
  ledger.mark(market.panel, 1);
  EXPECT_TRUE(ledger.held()[0].stale);
  EXPECT_EQ(ledger.nav(), 1000);
  EXPECT_EQ(ledger.nav_at(std::vector{missing}), 1000);
  ledger.begin_bar();
  ledger.mark(market.panel, 2);
  EXPECT_FALSE(ledger.held()[0].stale);
  EXPECT_EQ(ledger.nav(), 1020);
}

TEST(Ledger, AHoldingThatHasNeverHadACloseIsMarkedAtItsEntryPrice) {
  Market market({30, missing, 25});
  Ledger ledger(1000);
  ledger.begin_bar();
  trade(ledger, 1, 10, 20);
  ledger.mark(market.panel, 1);
  EXPECT_EQ(ledger.held()[0].mark, 20) << "not the close before it was held";
  EXPECT_TRUE(ledger.held()[0].stale);
  ledger.begin_bar();
  ledger.mark(market.panel, 2);
  EXPECT_EQ(ledger.held()[0].mark, 25);
  EXPECT_FALSE(ledger.held()[0].stale);
}

TEST(Ledger, ASplitThenADividend) {  // W-37
  Ledger ledger(1000);
  Market market({20, 10});
  ledger.begin_bar();
  trade(ledger, 0, 10, 18);
  ledger.mark(market.panel, 0);
  ledger.begin_bar();
  ledger.apply_actions(std::vector{2.0}, std::vector{0.5});
  EXPECT_EQ(ledger.held()[0].shares, 20);
  EXPECT_EQ(ledger.held()[0].average_entry_price, 9);
  EXPECT_EQ(ledger.flows().dividends, 10) << "per share after the split";
  ledger.mark(market.panel, 1);
  EXPECT_EQ(ledger.nav(), 1000 - 180 + 10 + 200);
}

TEST(Ledger, AShortPaysTheDividend) {  // W-37
  Ledger ledger(1000);
  ledger.begin_bar();
  trade(ledger, 0, -10, 20);
  ledger.apply_actions({}, std::vector{0.5});
  EXPECT_EQ(ledger.flows().dividends, -5);
  EXPECT_EQ(ledger.cash(), 1195);
}

TEST(Ledger, Financing) {  // W-13
  struct Case {
    const char* rule;
    double quantity, expected;
  };
  // 1000 in cash, shares at 20, a year of 365 days at 3 %, 6 % and 2 %.
  const Case cases[] = {{"cash earns", 0, 30},
                        {"what is left of it earns", 10, 24},
                        {"margin pays", 100, -60},
                        {"a short pays for the loan while its proceeds earn", -50, 0.03 * 2000 - 0.02 * 1000}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    Ledger ledger(1000);
    Market market({20, 20});
    ledger.begin_bar();
    if (c.quantity != 0.0) trade(ledger, 0, c.quantity, 20);
    ledger.mark(market.panel, 0);
    ledger.begin_bar();
    ledger.accrue_financing({.cash_rate = 0.03, .margin_rate = 0.06, .borrow_rate = 0.02}, 365);
    ledger.mark(market.panel, 1);
    EXPECT_NEAR(ledger.flows().financing, c.expected, 1e-12);
    EXPECT_NEAR(ledger.nav(), 1000 + c.expected, 1e-9);
  }
}

TEST(Ledger, DelistsOnTheGivenBarWithoutARow) {  // W-2: last row on bar 0, so bar 5 with the default of 5
  for (const std::uint32_t after : {1u, 2u, 5u}) {
    Ledger ledger(1000);
    Market market({20, missing, missing, missing, missing, missing, missing});
    std::fill(market.row.begin() + 1, market.row.end(), std::uint8_t{0});
    std::vector<Fill> fills;
    for (std::uint32_t bar = 0; bar < 7 && fills.empty(); ++bar) {
      ledger.begin_bar();
      ledger.close_delisted(market.row_at(bar), after, bar, fills);
      if (bar == 0) trade(ledger, 0, 10, 18);
      ledger.mark(market.panel, bar);
    }
    ASSERT_EQ(fills.size(), 1u);
    EXPECT_EQ(fills[0].bar, after);
    EXPECT_EQ(fills[0].reason, FillReason::delisted);
    EXPECT_EQ(fills[0].quantity, -10);
    EXPECT_EQ(fills[0].price, 20);
    EXPECT_EQ(fills[0].commission, 0);
    EXPECT_EQ(ledger.nav(), 1020);
    EXPECT_TRUE(ledger.held().empty());
  }
}

TEST(Ledger, ARowWithoutACloseIsStillARow) {  // W-2, W-3
  Ledger ledger(1000);
  Market market({20, missing, missing, missing, missing});
  market.row = {1, 0, 1, 0, 0};
  market.panel.has_row = market.row;
  std::vector<Fill> fills;
  for (std::uint32_t bar = 0; bar < 5; ++bar) {
    ledger.begin_bar();
    ledger.close_delisted(market.row_at(bar), 3, bar, fills);
    if (bar == 0) trade(ledger, 0, 10, 20);
    ledger.mark(market.panel, bar);
    ledger.mark(market.panel, bar);  // a second mark of a bar counts no second bar
  }
  EXPECT_TRUE(fills.empty());
  EXPECT_EQ(ledger.held()[0].bars_without_row, 2u);
}

TEST(Ledger, MoneyThatAppearsIsABug) {
  Ledger ledger(1000);
  Market market({20});
  ledger.begin_bar();
  std::vector<Fill> fills = {{.instrument = 0, .quantity = 10, .price = 20, .notional = 150}};  // notional is wrong
  ledger.book(fills, std::vector{20.0}, true);
  EXPECT_THROW(ledger.mark(market.panel, 0), BrokenInvariant);
}

}  // namespace
}  // namespace backtest
