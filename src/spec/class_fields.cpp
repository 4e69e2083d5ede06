// The parameters of class strategies (CFG-17).

#include "spec/class_strategy.hpp"
#include "spec/pipeline_fields.hpp"
#include "spec/section_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

constexpr std::string_view ma_description = "close beyond the average of this many closes is an exit; 0: off";

void decode_pct(Fields& f, std::string_view key, std::optional<double>& pct, std::string_view description) {
  f.number(key, pct, {}, description);
  if (pct) warn_of_no_action(f, key, *pct, inside(0.0, 1.0));
}

void decode_partial_exit(Fields& f, std::optional<int>& days, double& fraction) {
  f.integer("partial_exit_days", days, at_least(0), "bars held before a part is sold");
  f.number("partial_exit_fraction", fraction, {}, "share that is sold; outside [0, 1]: off");
  warn_of_no_action(f, "partial_exit_fraction", fraction, between(0.0, 1.0));
}

void decode(Fields& f, BuyAndHoldParameters& p, const UniverseSymbols& universe) {
  f.text("symbol", p.symbol, "default: the first universe symbol");
  if (p.symbol) universe.require(f, "symbol", *p.symbol);
  if (!f.describing() && !p.symbol && universe.is_all() && !f.has("symbol")) {
    f.error("symbol", "is required where universe.symbols is `all`");
  }
}

void decode(Fields& f, TopNSignalParameters& p, const UniverseSymbols&) {
  f.text("signal_column", p.signal_column, "signal column");
  f.integer("top_n", p.top_n, at_least(0), "how many");
  f.number("min_signal", p.min_signal, {}, "lowest signal; null: none");
  f.flag("higher_is_better", p.higher_is_better, "false ranks the lowest first");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, StaticUniverseParameters& p, const UniverseSymbols& universe) {
  f.text_list("symbols", p.symbols, "default: the universe");
  for (const std::string& symbol : p.symbols) universe.require(f, "symbols", symbol);
  f.flag("redistribute", p.redistribute, "true: the share of a name that is not listed yet goes to the others");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, LongShortTopNParameters& p, const UniverseSymbols&) {
  f.text("signal_column", p.signal_column, "signal column");
  f.integer("k_long", p.k_long, at_least(0), "longs");
  f.integer("k_short", p.k_short, at_least(0), "shorts");
  f.flag("long_if_high", p.long_if_high, "false: the lowest are long");
  f.number("min_abs_score", p.min_abs_score, at_least(0.0), "lowest magnitude");
  f.integer("trailing_ma_days", p.trailing_ma_days, between(0, 100'000), ma_description);
  decode_pct(f, "stop_loss_pct", p.stop_loss_pct, "loss since entry; outside (0, 1): off");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  decode_partial_exit(f, p.partial_exit_days, p.partial_exit_fraction);
  f.integer("max_hold_days", p.max_hold_days, at_least(0), "bars held at most; 0: off");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, BreakoutParameters& p, const UniverseSymbols&) {
  f.text("breakout_score_column", p.breakout_score_column, "signal column");
  const Member* given = f.node() != nullptr ? f.node()->find("breakdown_score_column") : nullptr;
  f.text("breakdown_score_column", p.breakdown_score_column, "signal column of positive magnitudes; null: none");
  if (given != nullptr && given->value.kind == NodeKind::null) {
    p.breakdown_score_column.reset();
    if (f.resolved() != nullptr) (*f.resolved())["breakdown_score_column"] = nullptr;
  }
  f.flag("enable_shorts", p.enable_shorts, "");
  f.flag("short_from_breakout", p.short_from_breakout, "short on the negated breakout score");
  f.number("min_abs_score", p.min_abs_score, at_least(0.0), "lowest magnitude");
  f.integer("trailing_ma_days", p.trailing_ma_days, between(0, 100'000), ma_description);
  decode_pct(f, "stop_loss_pct", p.stop_loss_pct, "loss since entry; outside (0, 1): off");
  decode_pct(f, "take_profit_pct", p.take_profit_pct, "gain since entry; outside (0, 1): off");
  decode_pct(f, "trailing_stop_pct", p.trailing_stop_pct, "distance from the best price; outside (0, 1): off");
  f.integer("time_stop_days", p.time_stop_days, at_least(1), "bars held at most");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  decode_partial_exit(f, p.partial_exit_days, p.partial_exit_fraction);
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, EpisodicPivotParameters& p, const UniverseSymbols&) {
  f.text("ep_score_column", p.ep_score_column, "signal column");
  f.number("min_ep_score", p.min_ep_score, {}, "lowest score");
  f.flag("enable_shorts", p.enable_shorts, "");
  f.integer("trailing_ma_days", p.trailing_ma_days, between(0, 100'000), ma_description);
  decode_pct(f, "stop_loss_pct", p.stop_loss_pct, "loss since entry; outside (0, 1): off");
  decode_pct(f, "take_profit_pct", p.take_profit_pct, "gain since entry; outside (0, 1): off");
  decode_pct(f, "trailing_stop_pct", p.trailing_stop_pct, "distance from the best price; outside (0, 1): off");
  f.integer("time_stop_days", p.time_stop_days, at_least(1), "bars held at most");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  f.flag("allow_raw_fields", p.allow_raw_fields, "score from gap and volume columns where the score is missing");
  decode_class_rebalance(f, p.rebalance);
}

void decode_target_weights(Fields& f, LegStrategy& strategy, const StrategyContext& context) {
  std::string path;
  f.required_text("path", path, "a table of date, symbol and weight, CSV or Parquet");
  if (f.describing()) return;
  require_table_suffix(f, "path", path);
  strategy = TargetWeightsPolicy{.table = context.target_paths->size()};
  context.target_paths->push_back(path);
}

template <typename Parameters>
Fields::Alternative preset(std::string_view name, std::string_view description, LegStrategy& strategy,
                           const StrategyContext& context) {
  return {name, description, [&strategy, &context](Fields& fields) {
            Parameters parameters;
            decode(fields, parameters, context.universe);
            if (!fields.describing()) strategy = expand(parameters, context.universe.in_config_order());
          }};
}

}  // namespace

std::vector<Fields::Alternative> class_strategies(LegStrategy& strategy, const StrategyContext& context) {
  return {preset<BuyAndHoldParameters>("BuyAndHoldStrategy", "buys one symbol once", strategy, context),
          preset<TopNSignalParameters>("TopNSignalStrategy", "the best of a signal column", strategy, context),
          preset<BreakoutParameters>("BreakoutStrategy", "enters on a breakout score, leaves by exit rules", strategy,
                                     context),
          preset<LongShortTopNParameters>("LongShortTopNStrategy", "both ends of a signal column, with exit rules",
                                          strategy, context),
          preset<EpisodicPivotParameters>("EpisodicPivotStrategy", "enters on a gap with volume, leaves by exit rules",
                                          strategy, context),
          preset<StaticUniverseParameters>("StaticUniverseStrategy", "the same names always", strategy, context),
          {"TargetWeightsStrategy", "weights from a table that another tool made",
           [&strategy, &context](Fields& fields) { decode_target_weights(fields, strategy, context); }}};
}

}  // namespace backtest
