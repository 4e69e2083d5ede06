#include "spec/pipeline_fields.hpp"

#include "spec/scoring_fields.hpp"
#include "spec/universe_fields.hpp"

namespace backtest {

namespace {

// A map that names its type and holds that type's keys in a map of the type's name:
//   selection: {type: topn, topn: {n: 5}}
template <typename Made>
Fields::Alternative nested(std::string_view name, std::string_view description, void (*decode)(Fields&, Made&),
                           std::function<void(Made)> keep) {
  return {name, description, [=](Fields& fields) {
            Made made;
            fields.section(name, description, [&](Fields& inner) { decode(inner, made); });
            keep(made);
          }};
}

void decode_topn(Fields& f, TopNSelection& s) {
  static constexpr Choice<bool> sides[] = {{"long", true}, {"short", false}};
  f.integer("n", s.n, at_least(0), "how many");
  f.choice("side", s.long_side, sides, "");
  f.number("min_score", s.min_score, {}, "lowest score; null: none");
  f.flag("higher_is_better", s.higher_is_better, "false ranks the lowest first");
}

void decode_long_short_topn(Fields& f, LongShortTopNSelection& s) {
  f.integer("long_n", s.long_n, at_least(0), "longs");
  f.integer("short_n", s.short_n, at_least(0), "shorts");
  f.number("min_abs_score", s.min_abs_score, at_least(0.0), "lowest magnitude");
  f.flag("score_abs", s.score_abs, "rank shorts by magnitude");
  f.flag("allow_short", s.allow_short, "");
  f.flag("long_if_high", s.long_if_high, "false: the lowest are long");
  static constexpr Choice<SideRule> rules[] = {{"by_sign", SideRule::by_sign}, {"by_rank", SideRule::by_rank}};
  f.choice("sides", s.sides, rules,
           "where scores of both signs are there: by_sign, only a negative score is a short, so that one short may get "
           "the whole short budget; by_rank, the worst short_n are shorts whatever their sign");
}

void decode_threshold(Fields& f, ThresholdSelection& s) {
  f.required_number("long_if_gte", s.long_if_gte, {}, "long from this score on");
  f.required_number("short_if_lte", s.short_if_lte, {}, "short up to this score");
  f.flag("allow_short", s.allow_short, "");
}

void decode_quantiles(Fields& f, QuantilesSelection& s) {
  f.required_number("long_q", s.long_q, between(0.0, 1.0), "long from this quantile on");
  f.required_number("short_q", s.short_q, between(0.0, 1.0), "short up to this quantile");
  f.flag("allow_short", s.allow_short, "");
}

void decode_selection(Fields& fields, Selection& selection) {
  const auto keep = [&](auto made) { selection = made; };
  fields.variant(
      "type", "", "which scores are selected",
      {nested<TopNSelection>("topn", "the n best of one side", decode_topn, keep),
       nested<LongShortTopNSelection>("long_short_topn", "the best of both sides", decode_long_short_topn, keep),
       nested<ThresholdSelection>("threshold", "scores beyond levels", decode_threshold, keep),
       nested<QuantilesSelection>("quantiles", "scores beyond quantiles", decode_quantiles, keep)});
}

void decode_replace_all(Fields& f, ReplaceAllHolding& h) {
  static constexpr Choice<RefreshMode> modes[] = {{"abs_signed", RefreshMode::abs_signed}, {"raw", RefreshMode::raw}};
  f.flag("exit_if_not_selected", h.exit_if_not_selected, "a held name that is not selected is closed");
  f.flag("refresh_held_scores", h.refresh_held_scores, "held names take today's score");
  f.choice("refresh_mode", h.refresh_mode, modes, "magnitude with the held side, or the raw score");
}

void decode_sticky(Fields& f, StickyHolding& h) {
  f.number("keep_if_rank_within_multiple", h.keep_if_rank_within_multiple, at_least(0.0),
           "a held name stays within this multiple of the selected count");
  f.number("keep_min_abs_score", h.keep_min_abs_score, at_least(0.0), "lowest magnitude to stay");
  f.integer("reentry_cooldown_days", h.reentry_cooldown_days, at_least(0), "bars before a dropped name may return");
}

void decode_grace_period(Fields& f, GracePeriodHolding& h) {
  f.integer("min_hold_days", h.min_hold_days, at_least(0), "bars that a name is kept at least");
  f.flag("exit_only_on_risk", h.exit_only_on_risk, "only exit rules close a name");
}

void decode_decay(Fields& f, DecayHolding& h) {
  f.number("dropped_scale", h.dropped_scale, between(0.0, 1.0), "scale at the end of the decay");
  f.integer("decay_days", h.decay_days, at_least(0), "bars from full to dropped");
}

// The policies that a hybrid joins are named only; their keys take their defaults.
void decode_hybrid(Fields& f, HybridHolding& h) {
  static constexpr Choice<std::size_t> names[] = {{"replace_all", 0}, {"sticky", 1}, {"grace_period", 2}, {"decay", 3}};
  static const SimpleHolding policies[] = {ReplaceAllHolding{}, StickyHolding{}, GracePeriodHolding{}, DecayHolding{}};
  std::size_t base = 0;
  std::size_t overlay = 3;
  f.choice("base", base, names, "decides first");
  f.choice("overlay", overlay, names, "sees what the base kept; its scales win");
  h.base = policies[base];
  h.overlay = policies[overlay];
}

void decode_holding(Fields& fields, HoldingPolicy& holding) {
  const auto keep = [&](auto made) { holding = made; };
  fields.variant("type", "replace_all", "what happens to names that are held",
                 {nested<ReplaceAllHolding>("replace_all", "the selection replaces the book", decode_replace_all, keep),
                  nested<StickyHolding>("sticky", "held names stay while they rank well enough", decode_sticky, keep),
                  nested<GracePeriodHolding>("grace_period", "held names stay for a while", decode_grace_period, keep),
                  nested<DecayHolding>("decay", "dropped names shrink bar by bar", decode_decay, keep),
                  nested<HybridHolding>("hybrid", "two policies, one over the other", decode_hybrid, keep)});
}

template <typename Rule>
Fields::Alternative rule(std::string_view name, std::string_view description, void (*decode)(Fields&, Rule&),
                         ExitRule& keep) {
  return {name, description, [decode, &keep](Fields& fields) {
            Rule made;
            decode(fields, made);
            keep = made;
          }};
}

constexpr std::string_view no_price_column = "the rule reads high, low and close";

// What CS-10 gives no action is no error: older configs switch a rule off that way.
void decode_pct(Fields& f, double& pct, std::string_view description) {
  f.required_number("pct", pct, {}, description);
  warn_of_no_action(f, "pct", pct, inside(0.0, 1.0));
}

void decode_exit_rule(Fields& fields, ExitRule& kept) {
  const auto trailing_ma = +[](Fields& f, TrailingMaExit& r) {
    f.integer("days", r.days, between(0, 100'000), "closes in the average; 0: off");
    f.text("price_col", r.price_column, "price column");
    f.flag("side_aware", r.side_aware, "false: below the average for both sides");
  };
  const auto stop_loss = +[](Fields& f, StopLossExit& r) {
    decode_pct(f, r.pct, "loss since entry; outside (0, 1): off");
    f.flag("use_intraday_extremes", r.use_intraday_extremes, "low and high instead of the close");
    f.without_effect("price_col", no_price_column);
  };
  const auto take_profit = +[](Fields& f, TakeProfitExit& r) {
    decode_pct(f, r.pct, "gain since entry; outside (0, 1): off");
    f.without_effect("price_col", no_price_column);
  };
  const auto trailing_stop = +[](Fields& f, TrailingStopExit& r) {
    decode_pct(f, r.pct, "distance from the best price since entry; outside (0, 1): off");
    f.flag("uses_hwm_lwm", r.use_water_marks, "false: from the entry price");
    f.flag("use_intraday_extremes", r.use_intraday_extremes, "low and high instead of the close");
  };
  const auto time_stop =
      +[](Fields& f, TimeStopExit& r) { f.required_integer("days", r.days, at_least(0), "bars held; 0: off"); };
  const auto partial = +[](Fields& f, PartialExit& r) {
    f.required_integer("days", r.days, at_least(0), "bars held");
    f.number("fraction", r.fraction, {}, "share that is sold; outside [0, 1]: off");
    warn_of_no_action(f, "fraction", r.fraction, between(0.0, 1.0));
    f.flag("once", r.once, "once a position");
  };
  fields.variant("type", "", "when a held name is closed or cut",
                 {rule("trailing_ma", "close beyond a moving average", trailing_ma, kept),
                  rule("stop_loss", "loss since entry", stop_loss, kept),
                  rule("take_profit", "gain since entry", take_profit, kept),
                  rule("trailing_stop", "distance from the best price", trailing_stop, kept),
                  rule("time_stop", "bars held", time_stop, kept),
                  rule("partial_exit_after_days", "a part is sold after some bars", partial, kept)});
}

void decode_exits(Fields& fields, ExitPolicy& exits) {
  static constexpr Choice<ExitPrecedence> orders[] = {{"exit_over_scale", ExitPrecedence::exit_over_scale},
                                                      {"scale_over_exit", ExitPrecedence::scale_over_exit},
                                                      {"first_match", ExitPrecedence::first_match}};
  fields.choice("precedence", exits.precedence, orders, "when one bar asks for both");
  fields.integer("cooldown_bars", exits.cooldown_bars, at_least(0), "bars before a closed name may be entered again");
  fields.section_list("rules", "in order", false, [&](Fields& f, std::size_t) {
    ExitRule rule;
    decode_exit_rule(f, rule);
    if (!f.describing()) exits.rules.push_back(rule);
  });
}

void decode_step(Fields& fields, PostprocessStep& step) {
  static constexpr Choice<NormalizeMethod> methods[] = {{"zscore", NormalizeMethod::zscore},
                                                        {"minmax", NormalizeMethod::minmax},
                                                        {"rank_percentile", NormalizeMethod::rank_percentile}};
  static constexpr Choice<int> actions[] = {{"skip_rebalance", 0}};
  const auto clamp = [&](Fields& f) {
    std::optional<double> low;
    std::optional<double> high;
    f.number("min", low, {}, "lowest score; null: none");
    f.number("max", high, {}, "highest score; null: none");
    ClampStep made;
    if (low) made.min = *low;
    if (high) made.max = *high;
    if (made.min > made.max) f.error("min", "must not be above max");
    step = made;
  };
  const auto normalize = [&](Fields& f) {
    NormalizeStep made;
    f.choice("method", made.method, methods, "within each side");
    step = made;
  };
  const auto sticky = [&](Fields& f) {
    StickyScoresStep made;
    f.flag("enabled", made.enabled, "");
    f.number("alpha", made.alpha, between(0.0, 1.0), "weight of the last score");
    step = made;
  };
  const auto enforce = [&](Fields& f) {
    EnforceMinCandidatesStep made;
    int action = 0;
    f.integer("min_total", made.min_total, at_least(0), "fewest selected names");
    f.choice("action", action, actions, "the rebalance is tried again on the next bar");
    step = made;
  };
  fields.variant("type", "", "what is done to scores",
                 {{"clamp", "keep scores within limits", clamp},
                  {"normalize", "rescale scores within each side", normalize},
                  {"sticky_scores", "smooth scores over time", sticky},
                  {"enforce_min_candidates", "rebalance only with enough names", enforce}});
}

}  // namespace

void warn_of_no_action(Fields& fields, std::string_view key, double value, Range acting) {
  if (fields.describing() || !fields.has(key) || acting.holds(value) || !fields.context().warn_without_effect) return;
  fields.warn(key, "has no effect: the rule takes no action outside " + acting.text());
}

void decode_pipeline(Fields& fields, PipelinePolicy& policy, const PipelineDefaults& defaults) {
  policy.universe.source = defaults.universe_source;
  fields.section("rebalance", "schedule", [&](Fields& f) { decode_schedule(f, policy.schedule); });
  fields.section("universe", "eligible instruments", [&](Fields& f) { decode_universe_rule(f, policy.universe); });
  fields.section("signals", "signal provider", [&](Fields& f) { decode_signal_provider(f, policy.signals); });
  fields.section("scoring", "scores", [&](Fields& f) { decode_scoring(f, policy.scoring); });
  fields.section("selection", "selection", [&](Fields& f) { decode_selection(f, policy.selection); });
  // Without the section held names stay; with it, replace_all's own default closes what is not selected (CS-1, CS-9).
  const Node* holding = fields.peek("holding_policy");
  const bool is_given = holding != nullptr && !(holding->kind == NodeKind::map && holding->members.empty());
  if (fields.describing() || is_given) {
    fields.section("holding_policy", "what happens to held names; without this section they stay until an exit",
                   [&](Fields& f) { decode_holding(f, policy.holding); });
  } else {
    fields.take("holding_policy");
    if (fields.resolved() != nullptr) {
      (*fields.resolved())["holding_policy"] = {
          {"type", "replace_all"},
          {"replace_all",
           {{"exit_if_not_selected", false}, {"refresh_held_scores", false}, {"refresh_mode", "abs_signed"}}}};
    }
  }
  fields.section("exits", "exit rules", [&](Fields& f) { decode_exits(f, policy.exits); });
  fields.section("postprocess", "score steps", [&](Fields& f) {
    f.section_list("steps", "in order", false, [&](Fields& inner, std::size_t) {
      PostprocessStep step;
      decode_step(inner, step);
      if (!inner.describing()) policy.postprocess.push_back(step);
    });
  });
  fields.section("debug", "files of strategy_debug/", [&](Fields& f) {
    f.flag("record_intermediates", policy.debug.record_intermediates, "universe, scores, selection, held, scales");
    f.flag("record_reasons", policy.debug.record_reasons, "exits with their reasons");
  });
}

}  // namespace backtest
