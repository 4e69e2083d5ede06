#include "engine/target/holding_rule.hpp"

#include <gtest/gtest.h>

#include <string>

#include "engine/target/text_candidates_for_tests.hpp"

namespace backtest {
namespace {

// Held since bar 5; the strength is the last output.
std::vector<PositionState> held_of(const std::string& text) {
  std::vector<PositionState> held;
  for (const Candidate& c : candidates_of(text)) {
    PositionState state;
    state.instrument = c.instrument;
    state.side = c.side;
    state.entry_bar = 5;
    state.last = c;
    held.push_back(state);
  }
  return held;
}

struct Case {
  const char* rule;
  HoldingPolicy policy;
  bool rebalancing;
  const char* selected;
  const char* held;
  const char* raw;
  std::size_t bar;
  const char* book;
};

constexpr ReplaceAllHolding keep{.exit_if_not_selected = false};
constexpr ReplaceAllHolding refresh{.exit_if_not_selected = false, .refresh_held_scores = true};
constexpr ReplaceAllHolding refresh_raw{
    .exit_if_not_selected = false, .refresh_held_scores = true, .refresh_mode = RefreshMode::raw};
constexpr GracePeriodHolding grace{.min_hold_days = 3, .exit_only_on_risk = false};

const std::vector<Case> cases = {
    {"CS-9 replace_all drops what is not selected", ReplaceAllHolding{}, true, "+B=3", "+A=2 +B=1", "", 6, "+B=3"},
    {"CS-9 replace_all off schedule holds all", ReplaceAllHolding{}, false, "+B=3", "+A=2", "", 6, "+A=2"},
    {"CS-9 replace_all keeps holdings", keep, true, "+B=3", "-A=2", "", 6, "-A=2 +B=3"},
    {"CS-9 a selected holding takes the new side", keep, true, "+A=3", "-A=2", "", 6, "+A=3"},
    {"CS-9 refreshed scores keep the side", refresh, true, "", "-A=2 +B=1", "A=0.5 B=-4", 6, "-A=0.5 +B=4"},
    {"CS-9 without a score today the last one holds", refresh, true, "", "-A=2", "B=1", 6, "-A=2"},
    {"CS-9 raw refreshed scores may turn it", refresh_raw, true, "", "-A=2", "A=0.5", 6, "+A=0.5"},
    {"CS-9 sticky keeps within twice the number selected", StickyHolding{}, true, "+A=9", "+B=1 +C=1", "A=9 B=8 C=7", 6,
     "+A=9 +B=1"},
    {"W-22 sticky: a short is not kept by a rank among longs", StickyHolding{}, true, "+A=9", "-B=1", "A=9 B=8 C=-7", 6,
     "+A=9"},
    {"W-22 sticky: a short is kept by its rank among shorts", StickyHolding{}, true, "+A=9", "-C=1", "A=9 B=-8 C=-7", 6,
     "+A=9 -C=1"},
    {"CS-9 sticky: at least keep_min_abs_score", StickyHolding{.keep_min_abs_score = 8.5}, true, "+A=9", "+B=1",
     "A=9 B=8", 6, "+A=9"},
    {"NUM-10 sticky rounds half to even: 2.5 places are 2", StickyHolding{.keep_if_rank_within_multiple = 2.5}, true,
     "+A=9", "+B=1 +C=1", "A=9 B=8 C=7", 6, "+A=9 +B=1"},
    {"CS-9 sticky off schedule", StickyHolding{}, false, "", "+B=2", "", 6, "+B=2"},
    {"CS-9 grace period: held 2 bars", grace, true, "", "+A=2", "", 7, "+A=2"},
    {"CS-9 grace period over: held 3 bars", grace, true, "", "+A=2", "", 8, ""},
    {"CS-9 only risk exits", GracePeriodHolding{}, true, "+B=1", "+A=2", "", 80, "+A=2 +B=1"},
    {"CS-9 decay begins on the bar of the drop", DecayHolding{}, true, "", "+A=2", "", 6, "+A=2"},
    {"CS-9 decay of nothing: the dropped scale at once", DecayHolding{.decay_days = 0}, true, "", "+A=2", "", 6,
     "+A=2*0.5"},
    {"CS-9 hybrid: the overlay sees the base's result as selected",
     HybridHolding{.base = ReplaceAllHolding{}, .overlay = GracePeriodHolding{}}, true, "+B=1", "+A=2", "", 9,
     "+A=2 +B=1"},
};

TEST(HoldingRule, Cases) {
  for (const Case& c : cases) {
    auto held = held_of(c.held);
    const Candidates selected = candidates_of(c.selected);
    const Scores raw = scores_of(c.raw);
    Selector selector(LongShortTopNSelection{});
    WantedBook book;
    make_holding_rule(c.policy)->merge({.rebalancing = c.rebalancing,
                                        .selected = selected,
                                        .held = held,
                                        .raw = raw,
                                        .selector = selector,
                                        .bar = c.bar},
                                       book);
    EXPECT_EQ(text_of(book), c.book) << c.rule;
  }
}

TEST(HoldingRule, CS9_WithoutALastScoreItIsTheSide) {
  auto held = held_of("-A=5");
  held[0].last.reset();
  Selector selector(TopNSelection{});
  WantedBook book;
  make_holding_rule(keep)->merge({.rebalancing = true, .selected = {}, .held = held, .raw = {}, .selector = selector},
                                 book);
  EXPECT_EQ(text_of(book), "-A=1");
}

TEST(HoldingRule, CS9_DecayStepsDownAndStartsAgain) {
  auto held = held_of("+A=2");
  Selector selector(TopNSelection{});
  const auto rule = make_holding_rule(DecayHolding{.dropped_scale = 0.5, .decay_days = 4});
  const auto at = [&](std::size_t bar, const char* selected) {
    WantedBook book;
    const Candidates candidates = candidates_of(selected);
    rule->merge(
        {.rebalancing = false, .selected = candidates, .held = held, .raw = {}, .selector = selector, .bar = bar},
        book);
    return text_of(book);
  };
  EXPECT_EQ(at(10, ""), "+A=2");
  EXPECT_EQ(at(11, ""), "+A=2*0.875");
  EXPECT_EQ(at(13, ""), "+A=2*0.625");
  EXPECT_EQ(at(14, ""), "");
  EXPECT_EQ(at(15, "+A=7"), "+A=7") << "selected again";
  EXPECT_EQ(at(16, ""), "+A=2") << "a new drop counts from its own bar";
}

}  // namespace
}  // namespace backtest
