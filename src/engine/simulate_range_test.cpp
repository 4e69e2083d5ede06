// Runs over a part of the bars, from a book, and by a decision of the caller's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "base/diagnostic.hpp"
#include "engine/simulate.hpp"
#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// Splits, dividends, gaps, a delisting, shorts and costs, with a decision on each bar.
MarketData busy_market() {
  MarketData market = text_market(
      "1 10/11 20/21 30/29\n"
      "2 11/12 21/20 29/30\n"
      "3 6/6.5,x2,d0.1 20/19 -\n"
      "4 6.5/7 ./19.5 30/31,d0.2\n"
      "5 7/6 19/20 31/33\n"
      "8 6/6.2 10/10.5,x2 33/30\n"
      "9 6.2/6.4 10.5/11 -\n"
      "10 6.4/6.6 11/10 -\n"
      "11 6.6/6.1 10/10.2 -\n"
      "12 6.1/6.3 10.2/10.4 -\n");
  TargetTable table;
  for (std::size_t bar = 0; bar < market.prices.bar_count(); ++bar) {
    const double shift = 0.05 * static_cast<double>(bar % 3);
    table.decisions.push_back({bar, {{0, 0.3 + shift}, {1, -0.2 - shift}, {2, 0.25}}});
  }
  market.targets.push_back(table);
  return market;
}

Policy busy_policy(FillPolicy fill_policy) {
  Policy policy{.initial_cash = 1000, .strategy = TargetWeightsPolicy{}};
  policy.constraints = {.max_leverage = 2, .allow_short = true};
  policy.broker = {.slippage_bps = 5, .commission = 0.001, .fill_policy = fill_policy};
  policy.broker.financing = {.cash_rate = 0.02, .margin_rate = 0.05, .borrow_rate = 0.03};
  policy.delist_after_bars = 3;
  return policy;
}

std::vector<double> numbers_of(const std::vector<BarRow>& bars) {
  std::vector<double> numbers;
  for (const BarRow& bar : bars) {
    numbers.insert(numbers.end(), {bar.nav, bar.cash, bar.period_return, bar.gross_exposure, bar.net_exposure,
                                   bar.turnover, bar.commission, bar.slippage_cost, bar.dividends, bar.financing});
  }
  return numbers;
}

std::vector<double> numbers_of(const std::vector<HoldingRow>& holdings) {
  std::vector<double> numbers;
  for (const HoldingRow& row : holdings) {
    numbers.insert(numbers.end(), {static_cast<double>(row.instrument), row.shares, row.mark, row.stale ? 1.0 : 0.0});
  }
  return numbers;
}

template <typename Rows>
Rows joined(Rows rows, const Rows& more) {
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

TEST(SimulateRange, TwoRunsOneAfterTheOtherAreOne) {
  const MarketData market = busy_market();
  for (const auto fill_policy : {FillPolicy::next_open, FillPolicy::next_close, FillPolicy::same_close}) {
    const Policy policy = busy_policy(fill_policy);
    SimulationResult whole, first, second;
    simulate(policy, market, {}, whole);
    for (std::size_t cut = 1; cut < market.prices.bar_count(); ++cut) {
      SCOPED_TRACE(cut);
      simulate(policy, market, {.end_bar = cut, .decides_on_last_bar = true}, first);
      ASSERT_EQ(first.closing_book.waiting.has_value(), fill_policy != FillPolicy::same_close);
      simulate(policy, market, {.first_bar = cut, .book = &first.closing_book}, second);
      EXPECT_EQ(second.first_bar, cut);
      EXPECT_EQ(second.opening_nav, first.bars.back().nav);
      EXPECT_EQ(joined(numbers_of(first.bars), numbers_of(second.bars)), numbers_of(whole.bars));
      EXPECT_EQ(joined(numbers_of(first.holdings), numbers_of(second.holdings)), numbers_of(whole.holdings));
      EXPECT_EQ(fills_text(first) + fills_text(second), fills_text(whole));
      EXPECT_EQ(first.rejects.size() + second.rejects.size(), whole.rejects.size());
    }
  }
}

TEST(SimulateRange, NothingIsReadFromTheEndOn) {
  const MarketData market = busy_market();
  constexpr std::size_t end = 6;
  SimulationResult within, before;
  simulate(busy_policy(FillPolicy::next_open), market, {.end_bar = end}, within);
  MarketData cut = market;  // the same arrays, of which only the first bars are named
  cut.prices.dates.resize(end);
  simulate(busy_policy(FillPolicy::next_open), cut, {}, before);
  EXPECT_EQ(within.bars.size(), end);
  EXPECT_EQ(numbers_of(within.bars), numbers_of(before.bars));
  EXPECT_EQ(fills_text(within), fills_text(before));
}

TEST(SimulateRange, StartsFromABookOfTheCallers) {
  const MarketData market = text_market("1 10 5\n2 12 5\n3 12 5\n4 15 5\n");
  Policy policy{.strategy = TargetWeightsPolicy{}};
  MarketData with_targets = market;
  with_targets.targets = {{{{2, {{1, 1.0}}}}}};
  // Ten shares of A, no word of their mark: the close before the first bar, 12.
  const Book book{.cash = 80, .positions = {{.instrument = 0, .shares = 10, .average_entry_price = 8}}};
  SimulationResult result;
  simulate(policy, with_targets, {.first_bar = 2, .book = &book}, result);
  EXPECT_EQ(result.opening_nav, 200);
  EXPECT_EQ(fills_text(result), "3 A -10 @ 15\n3 B +46 @ 5\n");
  EXPECT_EQ(result.bars.at(0).nav, 200);
  EXPECT_EQ(result.bars.at(1).nav, 230);
  EXPECT_EQ(result.bars.at(1).cumulative_return, 230.0 / 200.0 - 1.0);
}

TEST(SimulateRange, RefusesWhatIsNoBookAndNoRange) {
  const MarketData market = busy_market();
  const Policy policy = busy_policy(FillPolicy::next_open);
  SimulationResult result;
  const auto refusal = [&](const SimulationOptions& options) {
    try {
      simulate(policy, market, options, result);
    } catch (const InvalidInput& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal({.first_bar = 3, .end_bar = 3}), HasSubstr("cannot simulate bars 3 to 3 of 10"));
  EXPECT_THAT(refusal({.end_bar = 11}), HasSubstr("cannot simulate bars 0 to 11 of 10"));
  const auto with_book = [&](const Book& book, std::size_t first_bar) {
    return refusal({.first_bar = first_bar, .book = &book});
  };
  EXPECT_THAT(with_book({.cash = 1}, 0), HasSubstr("with a book one before it"));
  EXPECT_THAT(with_book({.cash = 0}, 1), HasSubstr("must be worth more than 0"));
  EXPECT_THAT(with_book({.cash = missing}, 1), HasSubstr("book.cash: must be a finite number"));
  EXPECT_THAT(with_book({.cash = 1, .positions = {{.instrument = 3, .shares = 1}}}, 1),
              HasSubstr("book.positions[0]: instrument 3 is not one of the panel's 3"));
  EXPECT_THAT(with_book({.cash = 1, .positions = {{.instrument = 1, .shares = 1}, {.instrument = 1, .shares = 1}}}, 1),
              HasSubstr("book.positions[1]: instruments must ascend"));
  EXPECT_THAT(with_book({.cash = 1, .positions = {{.instrument = 1, .shares = 0}}}, 1), HasSubstr("not 0"));
  EXPECT_THAT(with_book({.cash = 1, .positions = {{.instrument = 1, .shares = 1, .entry_bar = 2}}}, 2),
              HasSubstr("is not before the first bar 2"));
}

// Half of NAV in whatever closed higher than it opened: a rule that no config can write.
class RisingToday final : public Decider {
 public:
  std::optional<Proposal> decide(const MarketView& market, const PortfolioView& portfolio) override {
    navs.push_back(portfolio.nav);
    Proposal proposal;
    for (InstrumentIndex i = 0; i < market.instrument_count(); ++i) {
      if (market.close(market.bar(), i) > market.open(market.bar(), i)) {
        proposal.allocations.push_back({.instrument = i, .weight = 0.5});
      }
    }
    return proposal;
  }
  std::vector<double> navs;
};

TEST(SimulateRange, TheCallerDecides) {
  const MarketData market = text_market("1 10/12 10/9\n2 10/9 10/12\n3 10 10\n4 10 10\n");
  Policy policy{.initial_cash = 1000, .strategy = PipelinePolicy{}};
  policy.constraints.max_position_size = 0.25;  // constraints hold for it as for any strategy
  RisingToday rising;
  SimulationResult result;
  simulate(policy, market, {.decider = &rising}, result);
  EXPECT_EQ(fills_text(result), "1 A +25 @ 10\n2 A -25 @ 10\n2 B +25 @ 10\n3 B -25 @ 10\n");
  EXPECT_EQ(rising.navs, (std::vector<double>{1000, 975, 1000}));
  EXPECT_EQ(result.hits.size(), 2u);
}

TEST(SimulateRange, ABrokenProposalIsRefused) {
  struct Says final : Decider {
    explicit Says(Proposal said) : proposal(std::move(said)) {}
    std::optional<Proposal> decide(const MarketView&, const PortfolioView&) override { return proposal; }
    Proposal proposal;
  };
  const MarketData market = text_market("1 10 10\n2 10 10\n");
  const Policy policy{.strategy = PipelinePolicy{}};
  const auto says = [&](Proposal proposal) {
    return [&, proposal] {
      Says decider(proposal);
      SimulationResult result;
      simulate(policy, market, {.decider = &decider}, result);
    };
  };
  EXPECT_THAT(says({.allocations = {{.instrument = 2, .weight = 1}}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("below 2, but 2 follows nothing")));
  EXPECT_THAT(says({.allocations = {{.instrument = 1, .weight = 1}, {.instrument = 0, .weight = 1}}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("but 0 follows 1")));
  EXPECT_THAT(says({.allocations = {{.instrument = 1, .weight = missing}}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("weight must be finite")));
  EXPECT_THAT(says({.allocations = {{.instrument = 1, .weight = 1, .scale = 2}}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("scale from 0 to 1")));
  EXPECT_THAT(says({.scheduled = false, .changed = {1, 1}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("changed names must ascend")));
}

}  // namespace
}  // namespace backtest
