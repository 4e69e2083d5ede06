#include "engine/composite.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "engine/simulate.hpp"
#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

using Decisions = std::vector<TargetTable::BarTargets>;

struct Leg {
  double weight;
  Decisions decisions;  // its weights by bar, as if from its sizer
  WeightNormalization normalize = WeightNormalization::none;
  double target = 1.0;
  bool enabled = true;
};

struct Case {
  const char* rule;
  std::vector<Leg> legs;
  std::string blend;  // before constraints: `bar instrument weight`
  std::string fills;
  CompositePolicy composite = {};
  std::string leg_rows = {};  // `bar leg instrument alpha weight`; empty = not looked at
  ConstraintPolicy constraints = {.max_leverage = 10, .allow_short = true};
  const char* market = "1 10 10 10\n2 10 10 10\n3 10 10 10\n4 10 10 10\n5 10 10 10\n";
};

SimulationResult run(const Case& c) {
  MarketData market = text_market(c.market);
  CompositePolicy composite = c.composite;
  for (std::size_t i = 0; i < c.legs.size(); ++i) {
    const Leg& leg = c.legs[i];
    market.targets.push_back({leg.decisions});
    composite.legs.push_back({.name = "leg_" + std::to_string(i),
                              .weight = leg.weight,
                              .enabled = leg.enabled,
                              .strategy = TargetWeightsPolicy{.table = i},
                              .sizer = EqualWeightSizerPolicy{},
                              .normalize = leg.normalize,
                              .target_gross = leg.target,
                              .target_net = leg.target});
  }
  Policy policy{.initial_cash = 1000, .strategy = composite, .sizer = {}, .constraints = c.constraints, .broker = {}};
  SimulationResult result;
  simulate(policy, market, {}, result);
  return result;
}

std::string blend_text(const SimulationResult& result) {
  std::ostringstream out;
  for (const BlendWeightRow& row : result.blend_pre_constraints) {
    out << row.bar << ' ' << static_cast<char>('A' + row.instrument) << ' ' << row.weight << '\n';
  }
  return out.str();
}

std::string leg_text(const SimulationResult& result) {
  std::ostringstream out;
  for (const LegWeightRow& row : result.leg_weights) {
    out << row.bar << ' ' << row.leg << ' ' << static_cast<char>('A' + row.instrument) << ' ' << row.alpha << ' '
        << row.weight << '\n';
  }
  return out.str();
}

constexpr auto gross = WeightNormalization::gross;
constexpr auto net = WeightNormalization::net;

CompositePolicy final_to(WeightNormalization mode, double target) {
  return {.legs = {}, .normalize_final = mode, .target_gross = target, .target_net = target};
}

const std::vector<Case> cases = {
    {"CMP-2, CMP-6 legs blend by alpha",
     {{3, {{0, {{0, 0.8}}}}}, {1, {{0, {{0, 0.4}, {1, 0.4}}}}}},
     "0 A 0.7\n0 B 0.1\n",
     "1 A +70 @ 10\n1 B +10 @ 10\n",
     {},
     "0 0 A 0.75 0.8\n0 1 A 0.25 0.4\n0 1 B 0.25 0.4\n"},
    {"W-32 a disabled leg takes no part in the weights",
     {{3, {{0, {{0, 0.8}}}}}, {1, {{0, {{1, 0.8}}}}, WeightNormalization::none, 1.0, false}},
     "0 A 0.8\n",
     "1 A +80 @ 10\n"},
    {"W-32 a leg of weight 0 holds nothing",
     {{1, {{0, {{0, 0.8}}}}}, {0, {{0, {{1, 0.8}}}}}},
     "0 A 0.8\n",
     "1 A +80 @ 10\n"},
    {"W-32 opposing legs net out",
     {{1, {{0, {{0, 0.8}}}}}, {1, {{0, {{0, -0.8}, {1, 0.2}}}}}},
     "0 B 0.1\n",
     "1 B +10 @ 10\n"},
    {"CMP-4 a silent leg keeps its last weights",
     {{1, {{0, {{0, 0.8}}}}}, {1, {{0, {{1, 0.4}}}, {2, {{1, 0.8}}}}}},
     "0 A 0.4\n0 B 0.2\n2 A 0.4\n2 B 0.4\n",
     "1 A +40 @ 10\n1 B +20 @ 10\n3 B +20 @ 10\n"},
    {"CMP-5 a leg to its gross target",
     {{1, {{0, {{0, 0.3}, {1, -0.1}}}}, gross, 0.8}, {1, {{0, {{2, 0.5}}}}}},
     "0 A 0.3\n0 B -0.1\n0 C 0.25\n",
     "1 A +30 @ 10\n1 B -10 @ 10\n1 C +25 @ 10\n"},
    {"CMP-5 a leg to its net target",
     {{1, {{0, {{0, 0.3}, {1, -0.1}}}}, net, 0.4}},
     "0 A 0.6\n0 B -0.2\n",
     "1 A +60 @ 10\n1 B -20 @ 10\n"},
    {"CMP-5 a leg without net cannot be scaled to one", {{1, {{0, {{0, 0.3}, {1, -0.3}}}}, net, 0.4}}, "", ""},
    {"CMP-6 the blend to its gross target",
     {{1, {{0, {{0, 0.3}, {1, 0.1}}}}}},
     "0 A 0.6\n0 B 0.2\n",
     "1 A +60 @ 10\n1 B +20 @ 10\n",
     final_to(gross, 0.8)},
    {"W-32 what a turnover limit retains belongs to the leg `residual`",
     {{1, {{0, {{0, 0.8}}}, {1, {{1, 0.8}}}}}},
     "0 A 0.8\n1 B 0.8\n",
     "1 A +80 @ 10\n2 A -40 @ 10\n2 B +40 @ 10\n",
     {},
     "0 0 A 1 0.8\n1 0 B 1 0.8\n1 1 A 1 0.4\n",
     {.max_leverage = 10, .allow_short = true, .max_turnover = 0.8}},
    // Leg 0 stops out of A at bar 2, off its schedule. Its sleeve's entry was 10, so the stop is at 9.
    {"W-6 an exit off schedule removes the name and changes nothing else",
     {{1, {{0, {{0, 0.8}, {1, 0.8}}}}}, {1, {{0, {{2, 0.8}}}}}},
     "0 A 0.4\n0 B 0.4\n0 C 0.4\n2 B 0.4\n2 C 0.4\n",
     "1 A +40 @ 10\n1 B +40 @ 10\n1 C +40 @ 10\n3 A -40 @ 8\n",
     {},
     "",
     {.max_leverage = 10, .allow_short = true, .stop_loss = 0.1},
     "1 10 10 10\n2 10 10 10\n3 8 20 10\n4 8 20 10\n5 8 20 10\n"},
    // As above, and leg 1 is on schedule at that bar: the whole blend trades.
    {"W-6 a bar is on schedule when any leg is",
     {{1, {{0, {{0, 0.4}, {1, 0.4}}}}}, {1, {{0, {{2, 0.4}}}, {2, {{2, 0.8}}}}}},
     "0 A 0.2\n0 B 0.2\n0 C 0.2\n2 B 0.2\n2 C 0.4\n",
     "1 A +20 @ 10\n1 B +20 @ 10\n1 C +20 @ 10\n3 A -20 @ 8\n3 B -8.4 @ 20\n3 C +26.4 @ 10\n",
     {},
     "",
     {.max_leverage = 10, .allow_short = true, .stop_loss = 0.1},
     "1 10 10 10\n2 10 10 10\n3 8 20 10\n4 8 20 10\n5 8 20 10\n"},
    {"off schedule the factor of the last final normalisation stays",
     {{1, {{0, {{0, 0.2}, {1, 0.2}}}}}},
     "0 A 0.4\n0 B 0.4\n2 B 0.4\n",
     "1 A +40 @ 10\n1 B +40 @ 10\n3 A -40 @ 8\n",
     final_to(gross, 0.8),
     "",
     {.max_leverage = 10, .allow_short = true, .stop_loss = 0.1},
     "1 10 10 10\n2 10 10 10\n3 8 10 10\n4 8 10 10\n"},
};

TEST(Composite, Table) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    const SimulationResult result = run(c);
    EXPECT_EQ(blend_text(result), c.blend);
    EXPECT_EQ(fills_text(result), c.fills);
    if (!c.leg_rows.empty()) {
      EXPECT_EQ(leg_text(result), c.leg_rows);
    }
  }
}

TEST(Composite, OverlapIsAFailureWhereItIsForbidden) {  // CMP-7
  Case c{.rule = "", .legs = {{1, {{0, {{0, 0.8}}}}}, {1, {{0, {{0, 0.4}}}}}}, .blend = "", .fills = ""};
  c.composite.allow_overlap = false;
  EXPECT_THROW(run(c), std::runtime_error);
  c.composite.allow_overlap = true;
  EXPECT_NO_THROW(run(c));
}

}  // namespace
}  // namespace backtest
