#include "spec/scoring_fields.hpp"

#include <algorithm>

namespace backtest {

namespace {

constexpr Choice<FillMissing> fills[] = {
    {"drop", FillMissing::drop}, {"zero", FillMissing::zero}, {"mean", FillMissing::mean}};
constexpr std::string_view fill_description = "what a missing value becomes";

const std::vector<std::string_view>& computed_columns() {
  static const std::vector<std::string_view> names{"breakout_score", "breakdown_score"};
  return names;
}

// W-28: what cannot be computed is an error, not a column of zeros.
void require_computed(Fields& fields, std::string_view key, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (std::ranges::find(computed_columns(), column) == computed_columns().end()) {
      fields.error(key, "'" + column + "' cannot be computed from prices; use " +
                            alternatives_text(computed_columns()) + suggestion(column, computed_columns()));
    }
  }
}

void decode_column(Fields& fields, ColumnScoring& scoring) {
  fields.required_text("column", scoring.column, "signal column");
  fields.flag("higher_is_better", scoring.higher_is_better, "false negates the value");
  fields.choice("fillna", scoring.fill, fills, fill_description);
}

void decode_weighted_sum(Fields& fields, WeightedSumScoring& scoring) {
  static constexpr Choice<NormalizeTerms> methods[] = {{"none", NormalizeTerms::none},
                                                       {"zscore", NormalizeTerms::zscore},
                                                       {"rank_percentile", NormalizeTerms::rank_percentile}};
  fields.section_list("terms", "columns and their weights", true, [&](Fields& f, std::size_t) {
    WeightedTerm term;
    f.required_text("column", term.column, "signal column");
    f.number("weight", term.weight, {}, "factor");
    if (!f.describing()) scoring.terms.push_back(term);
  });
  fields.choice("normalize", scoring.normalize, methods, "of the sum");
  fields.choice("fillna", scoring.fill, fills, fill_description);
}

void decode_max_of(Fields& fields, MaxOfScoring& scoring) {
  static constexpr Choice<bool> kinds[] = {{"column", false}, {"negate_column", true}};
  fields.section_list("scores", "columns to choose from", true, [&](Fields& f, std::size_t) {
    SubScore sub;
    f.choice("type", sub.negate, kinds, "the column as it is, or negated");
    f.required_text("column", sub.column, "signal column");
    f.flag("higher_is_better", sub.higher_is_better, "false negates the value");
    f.choice("fillna", sub.fill, fills, fill_description);
    if (!f.describing()) scoring.scores.push_back(sub);
  });
  fields.choice("fillna", scoring.fill, fills, "no effect: what none of the scores knows is not scored");
  if (scoring.fill != FillMissing::drop && fields.context().warn_without_effect) {
    fields.warn("fillna",
                "has no effect: what none of the scores knows is not scored; fillna of a score fills its column");
  }
}

void decode_rank_transform(Fields& fields, Scoring& scoring) {
  static constexpr Choice<RankMethod> methods[] = {{"percentile", RankMethod::percentile},
                                                   {"dense_rank", RankMethod::dense_rank}};
  RankTransformScoring made;
  if (fields.describing()) {
    SchemaNode& node = fields.record("base", SchemaKind::reference, "any scoring");
    node.target = "scoring";
    node.required = true;
  } else if (!fields.has("base")) {
    fields.error("base", "is required: a scoring map");
    fields.take("base");
  } else {
    fields.section("base", "any scoring", [&](Fields& f) { decode_scoring(f, made.base); });
  }
  fields.choice("method", made.method, methods, "percentile, or 1, 2, 3 without gaps");
  fields.flag("ascending", made.ascending, "true: the highest value gets the highest rank");
  scoring = std::make_shared<const RankTransformScoring>(std::move(made));
}

void decode_price_breakout(Fields& fields, PriceBreakoutScoring& scoring) {
  static constexpr Choice<bool> modes[] = {{"breakout", false}, {"breakdown", true}};
  // `none` is how older configs write it.
  static constexpr Choice<bool> scales[] = {{"pct", true}, {"none", false}, {"absolute", false}};
  fields.integer("lookback", scoring.lookback, between(2, 100'000), "bars before today");
  fields.choice("mode", scoring.breakdown, modes, "above the highest price, or below the lowest (negative scores)");
  fields.text("price_col", scoring.price_column, "price column");
  fields.choice("scale", scoring.percent_scale, scales, "distance as a fraction, or in money");
}

void decode_episodic_pivot(Fields& fields, EpisodicPivotScoring& scoring) {
  fields.section("inputs", "columns", [&](Fields& f) {
    f.text("gap_col", scoring.gap_column, "gap column");
    f.text("vol_ratio_col", scoring.volume_ratio_column, "volume ratio column");
  });
  fields.section("params", "thresholds", [&](Fields& f) {
    f.number("min_gap", scoring.min_gap, {}, "lowest gap");
    f.number("min_vol_ratio", scoring.min_volume_ratio, {}, "lowest volume ratio");
  });
}

template <typename Made>
auto into(Scoring& scoring, void (*decode)(Fields&, Made&)) {
  return [&scoring, decode](Fields& fields) {
    Made made;
    decode(fields, made);
    scoring = made;
  };
}

void decode_momentum(Fields& fields, MomentumScoring& scoring) {
  fields.required_integer("lookback", scoring.lookback, between(1, 100'000), "closes back to the base price");
  fields.integer("skip", scoring.skip, between(0, 100'000), "closes back to the newer price");
  if (!fields.describing() && scoring.skip >= scoring.lookback) {
    fields.error("skip", "must be less than lookback (" + std::to_string(scoring.lookback) + ")");
  }
}

void decode_constant(Fields& fields, ConstantScoring& scoring) {
  fields.number("value", scoring.value, {}, "the score of every eligible instrument");
}

}  // namespace

void decode_signal_provider(Fields& fields, SignalProvider& provider) {
  constexpr std::string_view columns = "signal columns; each must be found";
  fields.variant("provider", "platinum_signals_daily", "where signals come from",
                 {{"platinum_signals_daily", "the signal table",
                   [&](Fields& f) {
                     TableSignals made;
                     f.text_list("columns", made.columns, columns);
                     provider = made;
                   }},
                  {"computed_from_prices", "breakout_score and breakdown_score from prices, lookback 20",
                   [&](Fields& f) {
                     ComputedSignals made;
                     f.text_list("columns", made.columns, "breakout_score, breakdown_score");
                     if (!f.describing()) require_computed(f, "columns", made.columns);
                     provider = made;
                   }},
                  {"hybrid", "the signal table, with missing columns computed", [&](Fields& f) {
                     HybridSignals made;
                     f.text_list("columns", made.columns, "signal columns that rules read");
                     f.section("fallback", "for columns that the table lacks", [&](Fields& inner) {
                       inner.flag("enabled", made.fallback_enabled, "compute them");
                       inner.text_list("allowed_missing_columns", made.allowed_missing_columns,
                                       "columns that may be computed");
                       if (!inner.describing()) {
                         require_computed(inner, "allowed_missing_columns", made.allowed_missing_columns);
                       }
                     });
                     provider = made;
                   }}});
}

void decode_scoring(Fields& fields, Scoring& scoring) {
  fields.variant(
      "type", "", "how instruments are scored",
      {{"column", "a signal column", into<ColumnScoring>(scoring, decode_column)},
       {"weighted_sum", "a weighted sum of signal columns", into<WeightedSumScoring>(scoring, decode_weighted_sum)},
       {"max_of", "the column value of largest magnitude", into<MaxOfScoring>(scoring, decode_max_of)},
       {"rank_transform", "ranks of another scoring", [&](Fields& f) { decode_rank_transform(f, scoring); }},
       {"price_breakout", "distance beyond the recent range",
        into<PriceBreakoutScoring>(scoring, decode_price_breakout)},
       {"episodic_pivot_heuristic", "gap and volume of one day",
        into<EpisodicPivotScoring>(scoring, decode_episodic_pivot)},
       {"momentum", "price ratio minus 1, from split-adjusted closes", into<MomentumScoring>(scoring, decode_momentum)},
       {"constant", "the same score for all", into<ConstantScoring>(scoring, decode_constant)}});
}

}  // namespace backtest
