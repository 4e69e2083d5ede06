// The configured pipeline as typed values (strategies.md CS-1..CS-11). Class strategies are presets of it.
// Config names are the snake_case forms of the alternatives.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/model/schedule.hpp"

namespace backtest {

// ---- universe (CS-5) ----

enum class UniverseSource {
  signals,
  prices,
  intersection,
  listed,  // presets only: everything that has had a row by t
};

struct WhitelistFilter {
  std::vector<std::string> symbols;
};
struct BlacklistFilter {
  std::vector<std::string> symbols;
};
struct MinPriceFilter {
  std::string column = "close";
  double value = 0.0;
};
struct MinDollarVolumeFilter {
  int lookback = 20;
  double value = 0.0;
  std::string price_column = "close";
  std::string volume_column = "volume";
};
struct MinAdvFilter {
  int lookback = 20;
  double value = 0.0;
  std::string volume_column = "volume";
};
struct RequireSignalColumnsFilter {
  std::vector<std::string> columns;
};
struct NoMissingPricesFilter {
  int window = 10;
};
struct MaxVolatilityFilter {
  int lookback = 20;
  double value = 0.0;
  std::string returns_column = "returns_1d";
};
struct ExchangeInFilter {};  // accepted without effect (W-39)

using UniverseFilter =
    std::variant<WhitelistFilter, BlacklistFilter, MinPriceFilter, MinDollarVolumeFilter, MinAdvFilter,
                 RequireSignalColumnsFilter, NoMissingPricesFilter, MaxVolatilityFilter, ExchangeInFilter>;

struct UniversePolicy {
  UniverseSource source = UniverseSource::signals;
  std::vector<std::string> require_columns;  // must exist in the price table
  std::vector<UniverseFilter> filters;
};

// ---- signal provider (CS-6) ----

struct TableSignals {
  std::vector<std::string> columns;
};  // platinum_signals_daily; empty = all
struct ComputedSignals {
  std::vector<std::string> columns;
};  // computed_from_prices: breakout_score, breakdown_score
struct HybridSignals {
  std::vector<std::string> columns;
  bool fallback_enabled = true;
  std::vector<std::string> allowed_missing_columns;
};
using SignalProvider = std::variant<TableSignals, ComputedSignals, HybridSignals>;

// ---- scoring (CS-7) ----

enum class FillMissing { drop, zero, mean };
enum class NormalizeTerms { none, zscore, rank_percentile };

struct ColumnScoring {
  std::string column;
  bool higher_is_better = true;
  FillMissing fill = FillMissing::drop;
};
struct WeightedTerm {
  std::string column;
  double weight = 1.0;
};
struct WeightedSumScoring {
  std::vector<WeightedTerm> terms;
  NormalizeTerms normalize = NormalizeTerms::none;
  FillMissing fill = FillMissing::drop;
};
struct SubScore {
  bool negate = false;
  std::string column;
  bool higher_is_better = true;
  FillMissing fill = FillMissing::drop;
};
struct MaxOfScoring {
  std::vector<SubScore> scores;
  FillMissing fill = FillMissing::drop;
};
enum class RankMethod { percentile, dense_rank };
struct RankTransformScoring;  // holds a base scoring
struct PriceBreakoutScoring {
  int lookback = 20;
  bool breakdown = false;
  std::string price_column = "close";
  bool percent_scale = true;
};
struct EpisodicPivotScoring {
  std::string gap_column = "gap_pct";
  std::string volume_ratio_column = "vol_ratio";
  double min_gap = 0.0;
  double min_volume_ratio = 0.0;
};
struct MomentumScoring {
  int lookback = 252;
  int skip = 0;
};
struct ConstantScoring {
  double value = 1.0;
};

// Presets' own scorings (STR-8, STR-9); they have no config name.
struct BreakoutClassScoring {
  std::string breakout_column = "breakout_score";
  std::optional<std::string> breakdown_column = "breakdown_score";
  bool enable_shorts = true;
  bool short_from_breakout = false;
  double min_abs_score = 0.0;
};
struct EpisodicPivotClassScoring {
  std::string column = "ep_score";
  bool allow_raw_fields = true;
  double min_score = 0.0;      // STR-9: long from here,
  bool enable_shorts = false;  // short below its negative
};

using Scoring = std::variant<ColumnScoring, WeightedSumScoring, MaxOfScoring,
                             std::shared_ptr<const RankTransformScoring>, PriceBreakoutScoring, EpisodicPivotScoring,
                             MomentumScoring, ConstantScoring, BreakoutClassScoring, EpisodicPivotClassScoring>;

struct RankTransformScoring {
  Scoring base;
  RankMethod method = RankMethod::percentile;
  bool ascending = true;
};

// ---- selection (CS-8) ----

struct TopNSelection {
  int n = 0;
  bool long_side = true;
  std::optional<double> min_score = 0.0;
  bool higher_is_better = true;
};
enum class SideRule {
  by_sign,  // a positive score is a long, a negative one a short, where there are both
  by_rank,  // the best long_n are longs and the worst short_n shorts, whatever their signs
};
struct LongShortTopNSelection {
  int long_n = 0;
  int short_n = 0;
  double min_abs_score = 0.0;
  bool score_abs = true;
  bool allow_short = true;
  bool long_if_high = true;
  SideRule sides = SideRule::by_sign;
};
struct ThresholdSelection {
  double long_if_gte = 0.0;
  double short_if_lte = 0.0;
  bool allow_short = true;
};
struct QuantilesSelection {
  double long_q = 0.0;
  double short_q = 0.0;
  bool allow_short = true;
};
// Presets: every scored instrument, by the sign of its score (StaticUniverse, BuyAndHold, Breakout, EpisodicPivot).
struct SignedSelection {
  double min_abs_score = 0.0;
  bool allow_short = true;
};

using Selection =
    std::variant<TopNSelection, LongShortTopNSelection, ThresholdSelection, QuantilesSelection, SignedSelection>;

// ---- holding policy (CS-9) ----

enum class RefreshMode { abs_signed, raw };
struct ReplaceAllHolding {
  bool exit_if_not_selected = true;
  bool refresh_held_scores = false;
  RefreshMode refresh_mode = RefreshMode::abs_signed;
};
struct StickyHolding {
  double keep_if_rank_within_multiple = 2.0;
  std::optional<double> keep_min_abs_score;
  std::optional<int> reentry_cooldown_days;
};
struct GracePeriodHolding {
  int min_hold_days = 3;
  bool exit_only_on_risk = true;
};
struct DecayHolding {
  double dropped_scale = 0.5;
  int decay_days = 5;
};
using SimpleHolding = std::variant<ReplaceAllHolding, StickyHolding, GracePeriodHolding, DecayHolding>;
struct HybridHolding {
  SimpleHolding base;
  SimpleHolding overlay;
};
using HoldingPolicy = std::variant<ReplaceAllHolding, StickyHolding, GracePeriodHolding, DecayHolding, HybridHolding>;

// ---- exits (CS-10) ----

struct TrailingMaExit {
  int days = 0;
  std::string price_column = "close";
  bool side_aware = true;
};
struct StopLossExit {
  double pct = 0.0;
  bool use_intraday_extremes = true;
};
struct TakeProfitExit {
  double pct = 0.0;
};
struct TrailingStopExit {
  double pct = 0.0;
  bool use_water_marks = true;
  bool use_intraday_extremes = true;
};
struct TimeStopExit {
  int days = 0;
};
struct PartialExit {
  int days = 0;
  double fraction = 0.0;
  bool once = true;
};
using ExitRule =
    std::variant<TrailingMaExit, StopLossExit, TakeProfitExit, TrailingStopExit, TimeStopExit, PartialExit>;
enum class ExitPrecedence { exit_over_scale, scale_over_exit, first_match };
struct ExitPolicy {
  ExitPrecedence precedence = ExitPrecedence::exit_over_scale;
  std::vector<ExitRule> rules;
  int cooldown_bars = 0;
};

// ---- postprocess (CS-11) ----

struct ClampStep {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};
enum class NormalizeMethod { zscore, minmax, rank_percentile };
struct NormalizeStep {
  NormalizeMethod method = NormalizeMethod::zscore;
};
struct StickyScoresStep {
  bool enabled = true;
  double alpha = 0.7;
};
struct EnforceMinCandidatesStep {
  int min_total = 0;
};  // the action is skip_rebalance
using PostprocessStep = std::variant<ClampStep, NormalizeStep, StickyScoresStep, EnforceMinCandidatesStep>;

struct DebugPolicy {
  bool record_intermediates = false;
  bool record_reasons = false;
};

struct PipelinePolicy {
  Schedule schedule;
  UniversePolicy universe;
  SignalProvider signals = TableSignals{};
  Scoring scoring = ConstantScoring{};
  Selection selection = TopNSelection{};
  HoldingPolicy holding = ReplaceAllHolding{.exit_if_not_selected = false};
  ExitPolicy exits;
  std::vector<PostprocessStep> postprocess;
  DebugPolicy debug;
  // StaticUniverse: the weight of a listed name is 1/N of these names while unlisted ones stay in cash.
  // Empty: the sizer sees only what is selected.
  std::vector<std::string> cash_for_unlisted;
  bool cash_for_all_unlisted = false;  // as if it named every instrument
};

}  // namespace backtest
