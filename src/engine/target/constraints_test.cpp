#include "engine/target/constraints.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace backtest {
namespace {

using Weights = std::map<InstrumentIndex, double>;

std::string text(const ConstraintHit& hit) {
  const auto name = [](Constraint constraint) -> std::string {
    switch (constraint) {
      case Constraint::shorts_disallowed:
        return "shorts_disallowed";
      case Constraint::position_cap:
        return "position_cap";
      case Constraint::max_leverage:
        return "max_leverage";
      case Constraint::net_exposure_min:
        return "net_exposure_min";
      case Constraint::net_exposure_min_unachievable:
        return "net_exposure_min_unachievable";
      case Constraint::net_exposure_max:
        return "net_exposure_max";
      case Constraint::net_exposure_max_unachievable:
        return "net_exposure_max_unachievable";
      case Constraint::max_net_exposure:
        return "max_net_exposure";
      case Constraint::min_weight_change:
        return "min_weight_change";
      case Constraint::max_turnover:
        return "max_turnover";
      case Constraint::residual:
        return "residual";
    }
    return "";
  };
  std::string out = name(hit.constraint);
  if (hit.constraint == Constraint::residual) out += ":" + name(hit.residual_of);
  if (hit.has_instrument) out += "@" + std::to_string(hit.instrument);
  return out;
}

// NAV is 1000 and every price 10, so a weight of 0.1 is 10 shares.
struct Case {
  const char* rule;
  ConstraintPolicy policy;
  Weights held;
  Weights wanted;
  Weights expected;
  std::vector<std::string> hits;
  bool scheduled = true;
  std::vector<InstrumentIndex> changed = {};
};

ConstraintPolicy limits(double leverage, double cap, bool shorts = true) {
  return {.max_leverage = leverage, .max_position_size = cap, .allow_short = shorts};
}
ConstraintPolicy loose() {
  return limits(10, 1);
}
ConstraintPolicy turnover(double cap) {
  ConstraintPolicy policy = loose();
  policy.max_turnover = cap;
  return policy;
}
ConstraintPolicy change(double threshold) {
  ConstraintPolicy policy = loose();
  policy.min_weight_change = threshold;
  return policy;
}
ConstraintPolicy band(std::optional<double> min, std::optional<double> max) {
  ConstraintPolicy policy = loose();
  policy.net_exposure_min = min;
  policy.net_exposure_max = max;
  return policy;
}
ConstraintPolicy net(double cap) {
  ConstraintPolicy policy = loose();
  policy.max_net_exposure = cap;
  return policy;
}
ConstraintPolicy with(ConstraintPolicy policy, double leverage, double cap) {
  policy.max_leverage = leverage;
  policy.max_position_size = cap;
  return policy;
}

const std::vector<Case> cases = {
    {"within limits", loose(), {}, {{0, 0.5}, {1, -0.5}}, {{0, 0.5}, {1, -0.5}}, {}},
    {"CON-1 short ban", limits(1, 1, false), {}, {{0, 0.5}, {1, -0.2}}, {{0, 0.5}}, {"shorts_disallowed@1"}},
    {"CON-1 cap, both sides",
     limits(2, 0.3),
     {},
     {{0, 0.5}, {1, -0.5}},
     {{0, 0.3}, {1, -0.3}},
     {"position_cap@0", "position_cap@1"}},
    {"CON-3 leverage", limits(1, 1), {}, {{0, 1.0}, {1, -1.0}}, {{0, 0.5}, {1, -0.5}}, {"max_leverage"}},
    {"CON-5 lower edge shrinks shorts",
     band(-0.1, {}),
     {},
     {{0, 0.2}, {1, -0.6}},
     {{0, 0.2}, {1, -0.3}},
     {"net_exposure_min"}},
    {"CON-5 without shorts",
     band(0.5, {}),
     {},
     {{0, 0.2}},
     {{0, 0.2}},
     {"net_exposure_min_unachievable", "residual:net_exposure_min"}},
    {"CON-5 shorts gone, still below",
     band(0.5, {}),
     {},
     {{0, 0.2}, {1, -0.1}},
     {{0, 0.2}},
     {"net_exposure_min", "residual:net_exposure_min"}},
    {"CON-6 upper edge shrinks longs",
     band({}, 0.1),
     {},
     {{0, 0.6}, {1, -0.2}},
     {{0, 0.3}, {1, -0.2}},
     {"net_exposure_max"}},
    {"CON-6 without longs",
     band({}, -0.5),
     {},
     {{1, -0.2}},
     {{1, -0.2}},
     {"net_exposure_max_unachievable", "residual:net_exposure_max"}},
    {"CON-7 absolute net", net(0.2), {}, {{0, 0.6}, {1, -0.2}}, {{0, 0.3}, {1, -0.1}}, {"max_net_exposure"}},
    {"CON-7 absolute net, short", net(0.2), {}, {{0, 0.2}, {1, -0.6}}, {{0, 0.1}, {1, -0.3}}, {"max_net_exposure"}},
    {"CON-9 small changes stay",
     change(0.05),
     {{0, 0.5}},
     {{0, 0.52}, {1, 0.3}},
     {{0, 0.5}, {1, 0.3}},
     {"min_weight_change"}},
    {"CON-9 a small opening waits", change(0.05), {}, {{0, 0.5}, {1, 0.01}}, {{0, 0.5}}, {"min_weight_change"}},
    {"W-10 a small close goes through", change(0.05), {{1, 0.01}}, {{0, 0.5}}, {{0, 0.5}}, {}},
    {"CON-10 turnover", turnover(0.5), {{0, 0.5}}, {{1, 0.5}}, {{0, 0.25}, {1, 0.25}}, {"max_turnover"}},
    {"W-10 an empty target obeys turnover", turnover(0.2), {{0, 0.5}}, {}, {{0, 0.3}}, {"max_turnover"}},
    {"W-10 CON-11's example: the cap holds in the end",
     with(turnover(0.1), 10, 0.1),
     {{0, 0.926}, {1, 0.007}},
     {{0, 1.0}},
     {{0, 0.1}, {1, 0.007 * (1 - 0.1 / 0.833)}},
     {"position_cap@0", "max_turnover", "position_cap@0"}},
    {"W-10 leverage holds after turnover",
     with(turnover(0.1), 1, 1),
     {{0, 1.2}},
     {{1, 1.0}},
     {{0, 1 / (1 + 0.1 / 2.2)}, {1, (0.1 / 2.2) / (1 + 0.1 / 2.2)}},
     {"max_turnover", "position_cap@0", "max_leverage"}},
    {"W-6 off schedule only what changed trades",
     loose(),
     {{0, 0.5}, {1, 0.4}},
     {{0, 0.7}},
     {{1, 0.0}},
     {},
     false,
     {1}},
    {"W-6 a rescaled name", loose(), {{0, 0.5}, {1, 0.4}}, {{0, 0.7}, {1, 0.1}}, {{1, 0.1}}, {}, false, {1}},
    {"W-6 a held name over the cap is a residual",
     limits(10, 0.3),
     {{0, 0.5}, {1, 0.4}},
     {{0, 0.5}},
     {{1, 0.0}},
     {"residual:position_cap@0"},
     false,
     {1}},
    {"W-6 limits bind what trades",
     limits(10, 0.3),
     {{0, 0.2}},
     {{0, 0.2}, {1, 0.5}},
     {{1, 0.3}},
     {"position_cap@1"},
     false,
     {1}},
    {"W-6 leverage leaves room for what is held",
     limits(1, 1),
     {{0, 0.7}},
     {{0, 0.7}, {1, 0.5}},
     {{1, 0.3}},
     {"max_leverage"},
     false,
     {1}},
    {"a weight below 1e-12 is none", loose(), {}, {{0, 1e-13}}, {}, {}},
};

TEST(Constraints, Table) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    std::vector<HeldPosition> held;
    for (const auto& [i, w] : c.held) held.push_back({.instrument = i, .shares = w * 100.0, .mark = 10.0});
    Proposal proposal{.scheduled = c.scheduled, .allocations = {}, .changed = c.changed};
    for (const auto& [i, w] : c.wanted) proposal.allocations.push_back({.instrument = i, .weight = w});
    std::vector<ConstraintHit> hits;
    TargetWeights targets;
    Constraints(c.policy).apply(proposal, {.cash = 0, .nav = 1000.0, .held = held}, 0, hits, targets);
    EXPECT_EQ(targets.whole_book, c.scheduled);
    std::vector<std::string> names;
    for (const ConstraintHit& hit : hits) names.push_back(text(hit));
    EXPECT_EQ(names, c.hits);
    ASSERT_EQ(targets.weights.size(), c.expected.size());
    for (const InstrumentWeight& row : targets.weights) {
      ASSERT_TRUE(c.expected.contains(row.instrument));
      EXPECT_NEAR(row.weight, c.expected.at(row.instrument), 1e-9);
    }
  }
}

TEST(Constraints, AScaleIsPartOfTheWantedWeight) {  // W-5
  std::vector<ConstraintHit> hits;
  TargetWeights targets;
  const ConstraintPolicy policy = loose();
  Constraints(policy).apply({.allocations = {{.instrument = 0, .weight = 0.8, .scale = 0.5}}}, {.nav = 1000.0}, 0, hits,
                            targets);
  EXPECT_EQ(targets.weights, (std::vector<InstrumentWeight>{{0, 0.4}}));
}

double between(double low, double high) {
  return low + (high - low) * *rc::gen::inRange(0, 1'000'001) / 1e6;
}
bool one_in(int n) {
  return *rc::gen::inRange(0, n) == 0;
}

// W-10: whatever is held and wanted, the final weights keep the hard limits, or a residual hit says which they miss.
RC_GTEST_PROP(Constraints, HardLimitsHoldOrAreRecorded, ()) {
  ConstraintPolicy policy{
      .max_leverage = between(0.3, 2), .max_position_size = between(0.1, 1), .allow_short = !one_in(3)};
  if (one_in(2)) policy.max_turnover = between(0.05, 1);
  if (one_in(2)) policy.min_weight_change = between(0, 0.2);
  if (one_in(2)) policy.max_net_exposure = between(0, 1);
  if (one_in(3)) policy.net_exposure_min = between(-1, 0.2);
  if (one_in(3)) policy.net_exposure_max = between(0.2, 1);
  std::vector<HeldPosition> held;
  Proposal proposal;
  for (InstrumentIndex i = 0; i < 6; ++i) {
    if (one_in(2)) held.push_back({.instrument = i, .shares = between(-60, 100), .mark = 10.0});
    if (one_in(2)) proposal.allocations.push_back({.instrument = i, .weight = between(-1, 1)});
  }
  std::vector<ConstraintHit> hits;
  TargetWeights targets;
  Constraints(policy).apply(proposal, {.nav = 1000.0, .held = held}, 0, hits, targets);

  const auto recorded = [&](Constraint limit) {
    return std::any_of(hits.begin(), hits.end(), [&](const ConstraintHit& hit) {
      return hit.constraint == Constraint::residual && hit.residual_of == limit;
    });
  };
  double gross = 0.0, net = 0.0;
  for (const InstrumentWeight& row : targets.weights) {
    RC_ASSERT(std::abs(row.weight) <= policy.max_position_size + 1e-9);
    RC_ASSERT(row.weight > 0.0 || policy.allow_short);
    gross += std::abs(row.weight);
    net += row.weight;
  }
  RC_ASSERT(gross <= policy.max_leverage + 1e-9);
  if (policy.net_exposure_min || policy.net_exposure_max) {
    RC_ASSERT(net >= policy.net_exposure_min.value_or(-9) - 1e-9 || recorded(Constraint::net_exposure_min));
    RC_ASSERT(net <= policy.net_exposure_max.value_or(9) + 1e-9 || recorded(Constraint::net_exposure_max));
  } else if (policy.max_net_exposure) {
    RC_ASSERT(std::abs(net) <= *policy.max_net_exposure + 1e-9);
  }
}

}  // namespace
}  // namespace backtest
