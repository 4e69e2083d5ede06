#include "engine/signal/score_rule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "base/diagnostic.hpp"
#include "base/number_text.hpp"
#include "engine/text_market_for_tests.hpp"
#include "engine/text_signals_for_tests.hpp"

namespace backtest {
namespace {

std::string text_of(const Scores& scores) {
  std::string text;
  for (const Score& score : scores) {
    if (!text.empty()) text += ' ';
    text += static_cast<char>('A' + score.instrument);
    text += '=';
    // Nine digits: what is tested is the formula, not its last bits.
    text += number_text(std::round(score.value * 1e9) / 1e9);
  }
  return text;
}

// Scores at the last bar, with every instrument eligible that has a row.
std::string scores_of(const Scoring& scoring, const MarketData& market, const SignalPanel* signals,
                      const SignalProvider& provider = TableSignals{}, bool every_bar = true) {
  SignalTable table(provider, market.prices, signals);
  const auto rule = make_score_rule(scoring, table, market.prices);
  Scores scores;
  for (std::size_t bar = 0; bar < market.prices.bar_count(); ++bar) {
    if (!every_bar && bar + 1 < market.prices.bar_count()) continue;
    const MarketView view(market.prices, signals, bar);
    std::vector<InstrumentIndex> eligible;
    for (InstrumentIndex i = 0; i < market.prices.instrument_count(); ++i) {
      if (view.has_row(bar, i)) eligible.push_back(i);
    }
    table.read(view, eligible);
    rule->score({.market = view, .eligible = eligible, .table = table}, scores);
  }
  return text_of(scores);
}

struct ColumnCase {
  const char* rule;
  Scoring scoring;
  const char* signals;  // columns alpha, beta
  std::string scores;
};

Scoring ranked(const Scoring& base, RankMethod method, bool ascending) {
  return std::make_shared<const RankTransformScoring>(
      RankTransformScoring{.base = base, .method = method, .ascending = ascending});
}

const Scoring alpha = ColumnScoring{.column = "alpha"};
const std::vector<ColumnCase> column_cases = {
    {"CS-7 column", alpha, "0.5 - -1 .", "A=0.5 C=-1.0"},
    {"CS-7 column, lower is better", ColumnScoring{.column = "alpha", .higher_is_better = false}, "0.5 2 -1 -",
     "A=-0.5 B=-2.0 C=1.0"},
    {"CS-7 column, missing filled with 0", ColumnScoring{.column = "alpha", .fill = FillMissing::zero}, "1 - . 3",
     "A=1.0 C=0.0 D=3.0"},
    {"CS-7 column, missing filled with the mean", ColumnScoring{.column = "alpha", .fill = FillMissing::mean},
     "1 . - 3", "A=1.0 B=2.0 D=3.0"},
    {"CS-7 the mean of nothing is 0", ColumnScoring{.column = "alpha", .fill = FillMissing::mean}, ". - - -", "A=0.0"},
    {"DATA-7 columns match without case", ColumnScoring{.column = "ALPHA"}, "1 - - -", "A=1.0"},
    {"CS-7 weighted_sum drops what misses a term", WeightedSumScoring{.terms = {{"alpha", 2.0}, {"beta", -1.0}}},
     "1,1 2,. 3,1 -", "A=1.0 C=5.0"},
    {"CS-7 weighted_sum, zero",
     WeightedSumScoring{.terms = {{"alpha", 2.0}, {"beta", -1.0}}, .fill = FillMissing::zero}, "1,1 2,. .,4 -",
     "A=1.0 B=4.0 C=-4.0"},
    {"CS-7 weighted_sum, mean of each term",
     WeightedSumScoring{.terms = {{"alpha", 1.0}, {"beta", 1.0}}, .fill = FillMissing::mean}, "1,1 3,. .,3 -",
     "A=2.0 B=5.0 C=5.0"},
    {"CS-7 weighted_sum, zscore", WeightedSumScoring{.terms = {{"alpha", 1.0}}, .normalize = NormalizeTerms::zscore},
     "1 3 - -", "A=-1.0 B=1.0"},
    {"CS-7 weighted_sum, rank percentile",
     WeightedSumScoring{.terms = {{"alpha", 1.0}}, .normalize = NormalizeTerms::rank_percentile}, "5 1 1 9",
     "A=0.75 B=0.375 C=0.375 D=1.0"},
    {"CS-7 max_of: the largest magnitude, ties to the earlier",
     MaxOfScoring{.scores = {{.column = "alpha"}, {.negate = true, .column = "beta"}}}, "1,1 -2,1 .,3 0.5,-4",
     "A=1.0 B=-2.0 C=-3.0 D=4.0"},
    {"W-25 max_of twice on one column",
     MaxOfScoring{.scores = {{.column = "alpha"}, {.negate = true, .column = "alpha"}}}, "1 -2 - -", "A=1.0 B=-2.0"},
    {"W-8 rank_transform: the highest value gets the highest rank", ranked(alpha, RankMethod::percentile, true),
     "5 1 9 .", "A=0.666666667 B=0.333333333 C=1.0"},
    {"CS-7 rank_transform descending", ranked(alpha, RankMethod::percentile, false), "5 1 9 5",
     "A=0.625 B=1.0 C=0.25 D=0.625"},
    {"CS-7 dense_rank", ranked(alpha, RankMethod::dense_rank, true), "5 1 5 9", "A=2.0 B=1.0 C=2.0 D=3.0"},
    {"CS-7 episodic_pivot_heuristic",
     EpisodicPivotScoring{.gap_column = "alpha", .volume_ratio_column = "beta", .min_gap = 0.1, .min_volume_ratio = 2},
     "0.1,2 0.05,9 1,1 0.3,.", "A=1.1"},
    {"CS-7 empty signals, empty scores", alpha, "- - - -", ""},
    {"STR-8 the larger of breakout and breakdown",
     BreakoutClassScoring{.breakout_column = "alpha", .breakdown_column = "beta"}, "1,0.5 1,1 .,3 -2,-5",
     "A=1.0 B=1.0 C=-3.0 D=-5.0"},
    {"STR-8 without shorts breakdowns do not count",
     BreakoutClassScoring{.breakout_column = "alpha", .breakdown_column = "beta", .enable_shorts = false},
     "1,9 .,3 -2,1 -", "A=1.0 C=-2.0"},
    {"STR-8 short_from_breakout reads the breakout as a short where there is no breakdown",
     BreakoutClassScoring{
         .breakout_column = "alpha", .breakdown_column = "beta", .short_from_breakout = true, .min_abs_score = 1},
     "2,. 0.5,. 1,3 -", "A=2.0 C=-3.0"},
    {"STR-9 the column", EpisodicPivotClassScoring{.column = "alpha", .min_score = 1}, "1 0.9 -3 .", "A=1.0"},
    {"STR-9 shorts below the negative minimum",
     EpisodicPivotClassScoring{.column = "alpha", .min_score = 1, .enable_shorts = true}, "1 -1 -1.5 -0.5",
     "A=1.0 C=-1.5"},
};

TEST(ScoreRule, Columns) {
  const MarketData market = text_market("1 10 10 10 10\n");
  for (const ColumnCase& c : column_cases) {
    const SignalPanel signals = text_signals(market, {"alpha", "beta"}, c.signals);
    EXPECT_EQ(scores_of(c.scoring, market, &signals), c.scores) << c.rule;
  }
}

TEST(ScoreRule, STR9_RawFieldsUnderAnyOfTheirNames) {
  const MarketData market = text_market("1 10 10 10\n");
  const SignalPanel signals = text_signals(market, {"gapPercent", "volume_ratio", "rev_yoy"}, "1,2,4 1,2,. .,2,1");
  EXPECT_EQ(scores_of(EpisodicPivotClassScoring{}, market, &signals), "A=2.2 B=2.0");
  EXPECT_THROW(scores_of(EpisodicPivotClassScoring{.allow_raw_fields = false}, market, &signals), InvalidInput);
}

struct PriceCase {
  const char* rule;
  Scoring scoring;
  const char* market;
  std::string scores;
};

const PriceBreakoutScoring two{.lookback = 2};
const std::vector<PriceCase> price_cases = {
    {"CS-7 price_breakout: above the preceding closes", two, "1 10 10 10\n2 8 10 12\n3 11 10 11\n", "A=0.1"},
    {"CS-7 price_breakout needs the lookback and today", two, "1 - 10\n2 8 10\n3 11 11\n", "B=0.1"},
    {"CS-7 the lookback is at least 2", PriceBreakoutScoring{.lookback = 1}, "1 12 10\n2 10 10\n3 11 11\n", "B=0.1"},
    {"CS-7 price_breakout, absolute", PriceBreakoutScoring{.lookback = 2, .percent_scale = false}, "1 10\n2 8\n3 11\n",
     "A=1.0"},
    {"CS-7 breakdown is negative", PriceBreakoutScoring{.lookback = 2, .breakdown = true}, "1 10 10\n2 12 12\n3 8 10\n",
     "A=-0.25"},
    {"CS-7 breakdown, absolute", PriceBreakoutScoring{.lookback = 2, .breakdown = true, .percent_scale = false},
     "1 10\n2 12\n3 8\n", "A=-2.0"},
    {"W-24 a stale price does not break out", two, "1 10 10\n2 8 8\n3 11 11\n4 - 12\n", "B=0.090909091"},
    {"W-37 a split is no breakdown", PriceBreakoutScoring{.lookback = 2, .breakdown = true},
     "1 100 100\n2 100 100\n3 50,x2 50\n", "B=-1.0"},
    {"W-17 a price within rounding of the level is no breakout", two, "1 0.3 \n2 0.1\n3 0.30000000000000004\n", ""},
    {"momentum: close `skip` ago over close `lookback` ago", MomentumScoring{.lookback = 2, .skip = 0},
     "1 10 10\n2 11 20\n3 15 5\n", "A=0.5 B=-0.5"},
    {"momentum skips the latest closes", MomentumScoring{.lookback = 2, .skip = 1}, "1 10\n2 11\n3 15\n", "A=0.1"},
    {"momentum counts own closes", MomentumScoring{.lookback = 2, .skip = 1},
     "1 10 -\n2 - 10\n3 10/. 10\n4 11 10\n5 15 -\n", "A=0.1"},
    {"momentum needs a close today and more closes than the lookback", MomentumScoring{.lookback = 2, .skip = 0},
     "1 10 - 10\n2 11 10 10\n3 15 10 10/.\n", "A=0.5"},
    {"momentum is adjusted for splits", MomentumScoring{.lookback = 2, .skip = 0}, "1 10\n2 6,x2\n3 2.75,x2\n",
     "A=0.1"},
    {"momentum with a skip knows splits in between only", MomentumScoring{.lookback = 2, .skip = 1},
     "1 10\n2 5.5,x2\n3 1,x10\n", "A=0.1"},
    {"constant", ConstantScoring{.value = 2.0}, "1 10 - 10\n", "A=2.0 C=2.0"},
};

TEST(ScoreRule, Prices) {
  for (const PriceCase& c : price_cases) {
    const MarketData market = text_market(c.market);
    EXPECT_EQ(scores_of(c.scoring, market, nullptr), c.scores) << c.rule;
    EXPECT_EQ(scores_of(c.scoring, market, nullptr, TableSignals{}, false), c.scores) << c.rule << ", asked once";
  }
}

// 21 closes, the last of which leaves their range upwards (A), downwards (B), not (C), or is missing (D).
MarketData breakout_market() {
  std::string text;
  for (int bar = 1; bar <= 20; ++bar) text += std::to_string(bar) + " 100 100 100 100\n";
  return text_market(text + "21 110 80 100 -\n");
}

std::string signals_for(const MarketData& market, const std::string& last) {
  std::string text;
  for (std::size_t bar = 0; bar + 1 < market.prices.bar_count(); ++bar) text += "- - - -\n";
  return text + last;
}

TEST(SignalTable, W28_ComputedBreakdownsArePositiveMagnitudes) {
  const MarketData market = breakout_market();
  const SignalProvider computed = ComputedSignals{.columns = {"breakout_score", "breakdown_score"}};
  EXPECT_EQ(scores_of(ColumnScoring{.column = "breakout_score"}, market, nullptr, computed), "A=0.1 B=0.0 C=0.0");
  EXPECT_EQ(scores_of(ColumnScoring{.column = "breakdown_score"}, market, nullptr, computed), "A=0.0 B=0.25 C=0.0");
}

TEST(SignalTable, W28_UnknownComputedColumnsAreAnError) {
  const MarketData market = breakout_market();
  EXPECT_THROW(SignalTable(ComputedSignals{.columns = {"momentum"}}, market.prices, nullptr), InvalidInput);
  EXPECT_THROW(scores_of(ColumnScoring{.column = "alpha"}, market, nullptr, ComputedSignals{}), InvalidInput);
}

TEST(SignalTable, CS6_HybridComputesWhatTheTableLacks) {
  const MarketData market = breakout_market();
  const SignalPanel signals = text_signals(market, {"alpha"}, signals_for(market, "1 2 - 4"));
  const HybridSignals hybrid{.columns = {"alpha", "breakout_score"}, .allowed_missing_columns = {"breakout_score"}};
  EXPECT_EQ(scores_of(ColumnScoring{.column = "alpha"}, market, &signals, hybrid), "A=1.0 B=2.0");
  EXPECT_EQ(scores_of(ColumnScoring{.column = "breakout_score"}, market, &signals, hybrid), "A=0.1 B=0.0");
  HybridSignals strict = hybrid;
  strict.fallback_enabled = false;
  EXPECT_THROW(scores_of(ColumnScoring{.column = "alpha"}, market, &signals, strict), InvalidInput);
}

TEST(SignalTable, CS6_HybridWithoutRowsTodayTakesTheEligible) {
  const MarketData market = breakout_market();
  const SignalPanel signals = text_signals(market, {"breakout_score"}, signals_for(market, "- - - -"));
  const HybridSignals hybrid{.columns = {"breakout_score"}, .allowed_missing_columns = {"breakout_score"}};
  EXPECT_EQ(scores_of(ColumnScoring{.column = "breakout_score"}, market, &signals, hybrid), "A=0.1 B=0.0 C=0.0");
}

TEST(SignalTable, CS6_AScoringReadsOnlyListedColumns) {
  const MarketData market = text_market("1 10 10\n");
  const SignalPanel signals = text_signals(market, {"alpha", "beta"}, "1,2 3,4");
  EXPECT_EQ(scores_of(ColumnScoring{.column = "beta"}, market, &signals, TableSignals{.columns = {"beta"}}),
            "A=2.0 B=4.0");
  EXPECT_THROW(scores_of(ColumnScoring{.column = "alpha"}, market, &signals, TableSignals{.columns = {"beta"}}),
               InvalidInput);
  EXPECT_THROW(scores_of(ColumnScoring{.column = "gamma"}, market, &signals), InvalidInput);
}

// Own closes up to `bar` in today's unit, oldest first.
std::vector<double> own_closes(const Panel& prices, std::size_t bar) {
  std::vector<double> closes;
  for (std::size_t b = 0; b <= bar; ++b) {
    if (!std::isnan(prices.split[b])) {
      for (double& close : closes) close /= prices.split[b];
    }
    if (!std::isnan(prices.close[b])) closes.push_back(prices.close[b]);
  }
  return closes;
}

RC_GTEST_PROP(ScoreRule, LookbacksEqualARescan, ()) {
  std::string text;
  const int bars = *rc::gen::inRange(1, 40);
  for (int bar = 0; bar < bars; ++bar) {
    text += std::to_string(bar + 1) + " " + std::to_string(*rc::gen::inRange(50, 200));
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) text += "/.";
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) text += ",x2";
    text += "\n";
  }
  const MarketData market = text_market(text);
  const Panel& prices = market.prices;
  const int lookback = *rc::gen::inRange(2, 6);
  const int skip = *rc::gen::inRange(0, lookback);
  SignalTable table(TableSignals{}, prices, nullptr);
  const auto momentum = make_score_rule(MomentumScoring{.lookback = lookback, .skip = skip}, table, prices);
  const auto breakout = make_score_rule(PriceBreakoutScoring{.lookback = lookback}, table, prices);
  for (std::size_t bar = 0; bar < prices.bar_count(); ++bar) {
    if (*rc::gen::weightedElement<bool>({{2, false}, {1, true}})) continue;
    const MarketView view(prices, nullptr, bar);
    const std::vector<InstrumentIndex> eligible = {0};
    const auto closes = own_closes(prices, bar);
    const bool known = !std::isnan(prices.close[bar]) && closes.size() > static_cast<std::size_t>(lookback);
    Scores scores;
    momentum->score({.market = view, .eligible = eligible, .table = table}, scores);
    RC_ASSERT(scores.size() == (known ? 1u : 0u));
    const auto ago = [&](int k) { return closes[closes.size() - 1 - static_cast<std::size_t>(k)]; };
    if (known) RC_ASSERT(std::abs(scores[0].value - (ago(skip) / ago(lookback) - 1.0)) <= 1e-12);
    breakout->score({.market = view, .eligible = eligible, .table = table}, scores);
    double high = 0.0;
    for (int k = 1; known && k <= lookback; ++k) high = std::max(high, ago(k));
    RC_ASSERT(scores.size() == (known && ago(0) > high ? 1u : 0u));
    if (!scores.empty()) RC_ASSERT(std::abs(scores[0].value - (ago(0) / high - 1.0)) <= 1e-12);
  }
}

}  // namespace
}  // namespace backtest
