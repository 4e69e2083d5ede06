#include "engine/target/selector.hpp"

#include <gtest/gtest.h>

#include <string>

#include "engine/target/text_candidates_for_tests.hpp"

namespace backtest {
namespace {

struct Case {
  const char* rule;
  Selection selection;
  const char* scores;
  const char* selected;
};

const std::vector<Case> cases = {
    {"CS-8 topn, ties by instrument", TopNSelection{.n = 2}, "A=1 B=3 C=1 D=-2", "+B=3 +A=1"},
    {"CS-8 topn at least min_score", TopNSelection{.n = 5, .min_score = 1.0}, "A=1 B=0.9 C=2", "+C=2 +A=1"},
    {"CS-8 topn, lower is better", TopNSelection{.n = 1, .higher_is_better = false}, "A=1 B=3 C=2", "+A=1"},
    {"W-26 a long pick with a negative value stays long, with its magnitude",
     TopNSelection{.n = 2, .min_score = std::nullopt}, "A=-1 B=-3 C=-2", "+A=1 +C=2"},
    {"CS-8 topn, n <= 0", TopNSelection{.n = 0}, "A=1", ""},
    {"CS-8 topn short", TopNSelection{.n = 1, .long_side = false}, "A=-1 B=-3 C=4", "-B=3"},
    {"CS-8 topn short needs -min_score", TopNSelection{.n = 2, .long_side = false, .min_score = 2.0}, "A=-1 B=-3 C=4",
     "-B=3"},
    {"CS-8 topn short without a threshold", TopNSelection{.n = 2, .long_side = false, .min_score = std::nullopt},
     "A=1 B=3 C=2", "-A=1 -C=2"},
    {"CS-8 topn short, lower is better",
     TopNSelection{.n = 1, .long_side = false, .min_score = std::nullopt, .higher_is_better = false}, "A=1 B=3 C=2",
     "-B=3"},
    {"CS-8 long_short_topn: both signs, the sign is the side", LongShortTopNSelection{.long_n = 1, .short_n = 2},
     "A=1 B=3 C=-1 D=-2 E=0", "+B=3 -D=2 -C=1"},
    {"CS-8 long_short_topn: fewer positives than places", LongShortTopNSelection{.long_n = 3, .short_n = 1},
     "A=1 B=-3 C=0", "+A=1 -B=3"},
    {"CS-8 long_short_topn: one sign, by rank", LongShortTopNSelection{.long_n = 1, .short_n = 1}, "A=1 B=3 C=2",
     "+B=3 -A=1"},
    {"W-26 unsigned mode keeps sides on negative values", LongShortTopNSelection{.long_n = 1, .short_n = 1},
     "A=-1 B=-3", "+A=1 -B=3"},
    {"CS-8 long_short_topn: long if low", LongShortTopNSelection{.long_n = 1, .short_n = 1, .long_if_high = false},
     "A=1 B=3 C=2", "+A=1 -B=3"},
    {"CS-8 long_short_topn without shorts", LongShortTopNSelection{.long_n = 2, .short_n = 2, .allow_short = false},
     "A=1 B=-3 C=2", "+C=2 +A=1"},
    {"CS-8 long_short_topn: min_abs_score decides the signs too",
     LongShortTopNSelection{.long_n = 1, .short_n = 1, .min_abs_score = 1.0}, "A=1 B=3 C=-0.5", "+B=3 -A=1"},
    {"CS-8 a short is never one of the longs", LongShortTopNSelection{.long_n = 2, .short_n = 2}, "A=1 B=3 C=2",
     "+B=3 +C=2 -A=1"},
    {"CS-8 threshold keeps the input's order", ThresholdSelection{.long_if_gte = 1.0, .short_if_lte = -1.0},
     "A=1 B=-1 C=0 D=5", "+A=1 -B=1 +D=5"},
    {"CS-8 threshold without shorts",
     ThresholdSelection{.long_if_gte = 1.0, .short_if_lte = -1.0, .allow_short = false}, "A=1 B=-1", "+A=1"},
    {"CS-8 quantiles", QuantilesSelection{.long_q = 0.75, .short_q = 0.25}, "A=4 B=1 C=2 D=3 E=5",
     "+A=4 -B=1 -C=2 +E=5"},
    {"CS-8 quantiles of nothing", QuantilesSelection{.long_q = 0.75, .short_q = 0.25}, "", ""},
    {"STR-8 a score of 0 asks for no position", SignedSelection{}, "A=0 B=1 C=-2", "0A +B=1 -C=2"},
    {"STR-9 min_abs_score", SignedSelection{.min_abs_score = 2.0, .allow_short = false}, "A=1 B=2 C=-3", "+B=2"},
};

TEST(Selector, Cases) {
  for (const Case& c : cases) {
    Selector selector(c.selection);
    Candidates selected;
    selector.select(scores_of(c.scores), selected);
    EXPECT_EQ(text_of(selected), c.selected) << c.rule;
  }
}

struct RankCase {
  const char* rule;
  Selection selection;
  Side side;
  const char* scores;
  const char* ranked;
};

const std::vector<RankCase> rank_cases = {
    {"signed: longs among positives", LongShortTopNSelection{}, Side::long_side, "A=1 B=-9 C=2", "CA"},
    {"signed: shorts among negatives", LongShortTopNSelection{}, Side::short_side, "A=1 B=-1 C=-2", "CB"},
    {"unsigned: shorts from the other end", LongShortTopNSelection{}, Side::short_side, "A=1 B=3 C=2", "ACB"},
    {"unsigned, long if low", LongShortTopNSelection{.long_if_high = false}, Side::long_side, "A=1 B=3 C=2", "ACB"},
    {"topn below its threshold, yet positive", TopNSelection{.min_score = 2.0}, Side::long_side, "A=1 B=3 C=-1", "BA"},
    {"topn without a threshold", TopNSelection{.min_score = std::nullopt}, Side::long_side, "A=1 B=3 C=-1", "BAC"},
};

TEST(Selector, W22_RankIsWithinASide) {
  for (const RankCase& c : rank_cases) {
    Selector selector(c.selection);
    std::string names;
    for (const Score& score : selector.ranked(scores_of(c.scores), c.side)) {
      names += static_cast<char>('A' + score.instrument);
    }
    EXPECT_EQ(names, c.ranked) << c.rule;
  }
}

}  // namespace
}  // namespace backtest
