#include "engine/target/postprocess.hpp"

#include <gtest/gtest.h>

#include "engine/target/text_candidates_for_tests.hpp"

namespace backtest {
namespace {

struct Case {
  const char* rule;
  std::vector<PostprocessStep> steps;
  const char* before;
  const char* after;
};

const std::vector<Case> cases = {
    {"CS-11 clamp the signed score", {ClampStep{.min = -1, .max = 2}}, "+A=3 -B=3 +C=0.5", "+A=2 -B=1 +C=0.5"},
    {"W-26 clamp never turns a side", {ClampStep{.min = 0}}, "-A=3 +B=1", "-A=0 +B=1"},
    {"W-27 zscore within a side", {NormalizeStep{}}, "+A=1 -B=7 +C=3 -D=5", "+A=-1 -B=1 +C=1 -D=-1"},
    {"W-27 one name on a side keeps it", {NormalizeStep{}}, "+A=4", "+A=0"},
    {"W-27 minmax within a side",
     {NormalizeStep{NormalizeMethod::minmax}},
     "+A=1 -B=9 +C=3 +D=2",
     "+A=0 -B=0 +C=1 +D=0.5"},
    {"W-27 rank_percentile within a side",
     {NormalizeStep{NormalizeMethod::rank_percentile}},
     "+A=1 +B=9 -C=5",
     "+A=0 +B=1 -C=1"},
    {"CS-11 sticky_scores needs a last score", {StickyScoresStep{}}, "+B=3", "+B=3"},
    {"CS-11 sticky_scores smooth", {StickyScoresStep{.enabled = true, .alpha = 0.5}}, "+A=3", "+A=2"},
    {"CS-11 sticky_scores may turn a side", {StickyScoresStep{.enabled = true, .alpha = 0.75}}, "-A=1", "+A=0.5"},
    {"CS-11 sticky_scores, disabled", {StickyScoresStep{.enabled = false}}, "-A=1", "-A=1"},
    {"CS-11 steps in order", {ClampStep{.max = 2}, StickyScoresStep{.enabled = true, .alpha = 0.5}}, "+A=9", "+A=1.5"},
};

// A is held, its last score was +1.
TEST(Postprocess, Cases) {
  for (const Case& c : cases) {
    PositionStates states(false);
    PositionState state;
    state.last = Candidate{.instrument = 0, .side = Side::long_side, .strength = 1.0};
    states.held().push_back(state);
    WantedBook book = book_of(c.before);
    Postprocess(c.steps).apply(states, book);
    EXPECT_EQ(text_of(book), c.after) << c.rule;
  }
}

TEST(Postprocess, CS2_TheFirstMinimumCounts) {
  EXPECT_EQ(Postprocess({ClampStep{}}).minimum_candidates(), 0);
  EXPECT_EQ(Postprocess({EnforceMinCandidatesStep{3}, EnforceMinCandidatesStep{9}}).minimum_candidates(), 3);
}

}  // namespace
}  // namespace backtest
