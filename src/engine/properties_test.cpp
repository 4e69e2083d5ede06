// Properties of whole simulations over random markets and targets.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "engine/simulate.hpp"

namespace backtest {
namespace {

constexpr std::size_t instruments = 4;

struct Arrays {
  std::vector<double> open, high, low, close, volume, split, dividend;
  std::vector<std::uint8_t> has_row;
};

struct Example {
  std::shared_ptr<Arrays> arrays = std::make_shared<Arrays>();
  MarketData market;
  Policy policy;
};

double between(double low, double high) {
  return low + (high - low) * *rc::gen::inRange(0, 1'000'001) / 1e6;
}
bool one_in(int n) {
  return *rc::gen::inRange(0, n) == 0;
}

void point_at(MarketData& market, const std::shared_ptr<Arrays>& arrays) {
  Panel& prices = market.prices;
  prices.open = arrays->open;
  prices.high = arrays->high;
  prices.low = arrays->low;
  prices.close = arrays->close;
  prices.volume = arrays->volume;
  prices.split = arrays->split;
  prices.dividend = arrays->dividend;
  prices.has_row = arrays->has_row;
  prices.storage = arrays;
}

// Rough markets: missing rows and cells, splits, dividends, delistings, zero volume.
Example rough_example(bool clean) {
  Example example;
  const std::size_t bars = *rc::gen::inRange<std::size_t>(2, 40);
  Arrays& a = *example.arrays;
  std::vector<double> last(instruments, 0.0);
  std::vector<bool> delisted(instruments, false);
  for (double& price : last) price = between(5, 200);
  for (std::size_t bar = 0; bar < bars; ++bar) {
    example.market.prices.dates.push_back({static_cast<int>(bar + bar / 5 * 2)});
    for (std::size_t i = 0; i < instruments; ++i) {
      const double open = last[i] * between(0.95, 1.05);
      const double split = !clean && one_in(30) ? 2.0 : missing;
      const double close = open * between(0.95, 1.05) / (std::isnan(split) ? 1.0 : split);
      if (!clean && one_in(40)) delisted[i] = true;
      const bool row = clean || (!delisted[i] && !one_in(10));
      const bool cells = clean || !one_in(10);
      a.open.push_back(row && cells ? open / (std::isnan(split) ? 1.0 : split) : missing);
      a.close.push_back(row && (clean || !one_in(10)) ? close : missing);
      a.high.push_back(row ? std::max(open, close) : missing);
      a.low.push_back(row ? std::min(open, close) : missing);
      a.volume.push_back(row ? (one_in(10) ? 0.0 : between(10, 10'000)) : missing);
      a.split.push_back(row ? split : missing);
      a.dividend.push_back(row && !clean && one_in(20) ? between(0, 1) : missing);
      a.has_row.push_back(row ? 1 : 0);
      last[i] = close;
    }
  }
  for (std::size_t i = 0; i < instruments; ++i) {
    example.market.prices.instruments.push_back(std::string(1, static_cast<char>('A' + i)));
  }
  point_at(example.market, example.arrays);
  TargetTable table;
  for (std::size_t bar = 0; bar < bars; ++bar) {
    if (!one_in(3)) continue;
    TargetTable::BarTargets targets{.bar = bar, .weights = {}};
    for (InstrumentIndex i = 0; i < instruments; ++i) {
      if (!one_in(3)) targets.weights.push_back({i, between(-0.4, 0.6)});
    }
    table.decisions.push_back(targets);
  }
  example.market.targets.push_back(table);

  Policy& policy = example.policy;
  policy.strategy = TargetWeightsPolicy{};
  policy.constraints = {
      .max_leverage = between(0.5, 2), .max_position_size = between(0.2, 1), .allow_short = !one_in(3)};
  if (one_in(2)) policy.constraints.max_turnover = between(0.1, 1);
  if (one_in(2)) policy.constraints.min_weight_change = between(0, 0.1);
  if (one_in(3)) policy.constraints.max_net_exposure = between(0, 1);
  BrokerPolicy& broker = policy.broker;
  broker.fill_policy = *rc::gen::element(FillPolicy::next_open, FillPolicy::next_close, FillPolicy::same_close);
  broker.slippage_bps = between(0, 20);
  broker.commission = between(0, 0.002);
  broker.commission_per_share = between(0, 0.01);
  if (one_in(3)) broker.max_participation_rate = between(0.01, 1);
  constexpr CostFinancing rules[] = {CostFinancing::margin, CostFinancing::each_order, CostFinancing::cash_capped,
                                     CostFinancing::self_financing};
  broker.cost_financing = rules[*rc::gen::inRange(0, 4)];
  broker.unfilled = one_in(2) ? UnfilledOrders::retry : UnfilledOrders::cancel;
  if (one_in(2)) broker.financing = {.cash_rate = 0.03, .margin_rate = 0.06, .borrow_rate = 0.02};
  policy.delist_after_bars = *rc::gen::inRange(0, 6);
  return example;
}

// A pipeline that looks back, holds and exits, in place of given weights.
void decide_by_pipeline(Policy& policy) {
  PipelinePolicy pipeline;
  pipeline.schedule.frequency =
      *rc::gen::element(Frequency::daily, Frequency::weekly, Frequency::monthly, Frequency::every_n_days);
  pipeline.schedule.n = 3;
  pipeline.schedule.session = *rc::gen::element(PeriodSession::first, PeriodSession::last);
  pipeline.universe.source = UniverseSource::prices;
  const int lookback = *rc::gen::inRange(2, 6);
  if (one_in(2)) {
    pipeline.scoring = MomentumScoring{.lookback = lookback, .skip = 0};
  } else {
    pipeline.scoring = PriceBreakoutScoring{.lookback = lookback};
  }
  pipeline.selection = LongShortTopNSelection{.long_n = 2, .short_n = 1};
  pipeline.holding = *rc::gen::element<HoldingPolicy>(ReplaceAllHolding{}, StickyHolding{}, GracePeriodHolding{},
                                                      DecayHolding{.dropped_scale = 0.5, .decay_days = 3});
  if (one_in(2)) pipeline.exits.rules.push_back(StopLossExit{.pct = 0.04});
  if (one_in(2)) pipeline.exits.rules.push_back(TrailingStopExit{.pct = 0.05});
  if (one_in(2)) pipeline.exits.rules.push_back(TrailingMaExit{.days = 3});
  if (one_in(2)) pipeline.exits.rules.push_back(PartialExit{.days = 2, .fraction = 0.5});
  policy.strategy = pipeline;
  policy.sizer = LongShortScoreSizerPolicy{.gross_target = 1.0, .net_target = 0.2};
}

Example rough_example_of_either() {
  Example example = rough_example(false);
  if (one_in(2)) decide_by_pipeline(example.policy);
  return example;
}

SimulationResult run(const Policy& policy, const MarketData& market) {
  SimulationResult result;
  simulate(policy, market, {}, result);
  return result;
}

void expect_near(double a, double b, double scale) {
  RC_ASSERT(std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), scale}));
}

RC_GTEST_PROP(Simulation, MoneyIsConserved, ()) {
  const Example example = rough_example_of_either();
  const SimulationResult result = run(example.policy, example.market);
  RC_ASSERT(result.largest_conservation_residual <= 1e-9);
  // Once more from the record alone: cash moves by what is recorded, and NAV is cash plus marks.
  double cash = example.policy.initial_cash;
  std::size_t fill = 0;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    cash += result.bars[k].financing + result.bars[k].dividends;
    for (; fill < result.fills.size() && result.fills[fill].bar == k; ++fill) {
      cash -= result.fills[fill].notional + result.fills[fill].commission;
    }
    double nav = cash;
    for (std::size_t row = result.holdings_begin[k]; row < result.holdings_begin[k + 1]; ++row) {
      nav += result.holdings[row].shares * result.holdings[row].mark;
    }
    expect_near(result.bars[k].cash, cash, example.policy.initial_cash);
    expect_near(result.bars[k].nav, nav, example.policy.initial_cash);
  }
}

RC_GTEST_PROP(Simulation, OrderOfInstrumentsDoesNotMatter, ()) {
  const Example example = rough_example(false);
  Example mirrored = example;
  mirrored.arrays = std::make_shared<Arrays>(*example.arrays);
  const auto mirror = [](auto& cells) {
    for (std::size_t begin = 0; begin < cells.size(); begin += instruments) {
      std::reverse(cells.begin() + static_cast<std::ptrdiff_t>(begin),
                   cells.begin() + static_cast<std::ptrdiff_t>(begin + instruments));
    }
  };
  Arrays& a = *mirrored.arrays;
  for (auto* field : {&a.open, &a.high, &a.low, &a.close, &a.volume, &a.split, &a.dividend}) mirror(*field);
  mirror(a.has_row);
  point_at(mirrored.market, mirrored.arrays);
  for (auto& decision : mirrored.market.targets[0].decisions) {
    for (auto& row : decision.weights) row.instrument = static_cast<InstrumentIndex>(instruments - 1 - row.instrument);
    std::reverse(decision.weights.begin(), decision.weights.end());
  }
  const SimulationResult result = run(example.policy, example.market);
  const SimulationResult other = run(mirrored.policy, mirrored.market);
  // By rule it is the last of equal buys that the cash does not reach (docs/rules/execution.md, cash_capped).
  const auto is_cut = [](const Reject& reject) { return reject.reason == RejectReason::cash_cap; };
  RC_PRE(std::ranges::none_of(result.rejects, is_cut));
  RC_ASSERT(result.bars.size() == other.bars.size());
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    expect_near(result.bars[k].nav, other.bars[k].nav, example.policy.initial_cash);
    RC_ASSERT(result.bars[k].fill_count == other.bars[k].fill_count);
  }
}

RC_GTEST_PROP(Simulation, ScalingCashScalesNav, ()) {
  Example example = rough_example_of_either();
  example.policy.broker.max_participation_rate.reset();  // volume does not scale with cash
  const SimulationResult result = run(example.policy, example.market);
  example.policy.initial_cash *= 8;
  const SimulationResult larger = run(example.policy, example.market);
  RC_ASSERT(result.bars.size() == larger.bars.size());
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    expect_near(8 * result.bars[k].nav, larger.bars[k].nav, example.policy.initial_cash);
  }
}

RC_GTEST_PROP(Simulation, TruncatingTheDataChangesNothingBefore, ()) {
  const Example example = rough_example_of_either();
  const std::size_t bars = example.market.prices.bar_count();
  const std::size_t kept = *rc::gen::inRange<std::size_t>(1, bars);
  Example shorter = example;
  shorter.market.prices.dates.resize(kept);
  auto& decisions = shorter.market.targets[0].decisions;
  std::erase_if(decisions, [&](const auto& decision) { return decision.bar >= kept; });
  const SimulationResult result = run(example.policy, example.market);
  const SimulationResult other = run(shorter.policy, shorter.market);
  for (std::size_t k = 0; k < other.bars.size(); ++k) {
    RC_ASSERT(result.bars[k].nav == other.bars[k].nav);
    RC_ASSERT(result.bars[k].cash == other.bars[k].cash);
    RC_ASSERT(result.bars[k].fill_count == other.bars[k].fill_count);
  }
}

bool same_bits(const SimulationResult& a, const SimulationResult& b) {
  const auto same = [](double x, double y) {
    return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
  };
  return std::ranges::equal(a.bars, b.bars,
                            [&](const BarRow& x, const BarRow& y) {
                              return same(x.nav, y.nav) && same(x.cash, y.cash) && same(x.turnover, y.turnover);
                            }) &&
         std::ranges::equal(a.fills, b.fills, [&](const Fill& x, const Fill& y) {
           return x.bar == y.bar && x.instrument == y.instrument && same(x.quantity, y.quantity) &&
                  same(x.price, y.price) && same(x.cash_after, y.cash_after);
         });
}

// Many runs at once, and one after another in the same buffers, give the same bits.
RC_GTEST_PROP(Simulation, RunsDoNotFeelEachOther, ()) {
  const Example example = rough_example_of_either();
  const SimulationResult expected = run(example.policy, example.market);
  std::vector<SimulationResult> results(8);
  {
    std::vector<std::jthread> threads;
    for (SimulationResult& result : results) {
      threads.emplace_back([&] {
        simulate(example.policy, example.market, {}, result);
        simulate(example.policy, example.market, {}, result);
      });
    }
  }
  for (const SimulationResult& result : results) RC_ASSERT(same_bits(result, expected));
}

// Without turnover limits, which leave shares that belong to no leg, a composite of one leg is that leg.
RC_GTEST_PROP(Simulation, ACompositeOfOneLegIsThatLeg, ()) {
  Example example = rough_example(false);
  example.policy.constraints.max_turnover.reset();
  example.policy.constraints.min_weight_change.reset();
  example.policy.constraints.stop_loss = 0.05;
  Example blended = example;
  CompositePolicy composite;
  composite.legs.push_back({.name = "only",
                            .weight = between(0.1, 5),
                            .strategy = TargetWeightsPolicy{},
                            .sizer = EqualWeightSizerPolicy{}});
  blended.policy.strategy = composite;
  const SimulationResult result = run(example.policy, example.market);
  const SimulationResult other = run(blended.policy, blended.market);
  RC_ASSERT(result.bars.size() == other.bars.size());
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    expect_near(result.bars[k].nav, other.bars[k].nav, example.policy.initial_cash);
    RC_ASSERT(result.bars[k].fill_count == other.bars[k].fill_count);
  }
}

// Rebalanced to the same weights at each close without costs, NAV is the product of 1 + weighted returns.
RC_GTEST_PROP(Simulation, FixedWeightsEarnTheWeightedReturn, ()) {
  Example example = rough_example(true);
  std::vector<InstrumentWeight> weights;
  for (InstrumentIndex i = 0; i < instruments; ++i) weights.push_back({i, between(-0.2, 0.4)});
  TargetTable table;
  for (std::size_t bar = 0; bar < example.market.prices.bar_count(); ++bar) table.decisions.push_back({bar, weights});
  example.market.targets = {table};
  example.policy.constraints = {.max_leverage = 10, .allow_short = true};
  example.policy.broker = {.fill_policy = FillPolicy::same_close};
  const SimulationResult result = run(example.policy, example.market);
  double nav = example.policy.initial_cash;
  for (std::size_t k = 1; k < result.bars.size(); ++k) {
    double period_return = 0.0;
    for (const InstrumentWeight& row : weights) {
      const Panel& prices = example.market.prices;
      period_return +=
          row.weight *
          (prices.close[prices.cell(k, row.instrument)] / prices.close[prices.cell(k - 1, row.instrument)] - 1.0);
    }
    nav *= 1.0 + period_return;
    expect_near(result.bars[k].nav, nav, 1.0);
  }
}

}  // namespace
}  // namespace backtest
