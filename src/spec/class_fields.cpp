// The parameters of class strategies (CFG-17).

#include <algorithm>

#include "spec/class_strategy.hpp"
#include "base/ascii_text.hpp"
#include "spec/pipeline_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

void check_in_universe(Fields& f, std::string_view key, const std::string& symbol, const SizerContext& universe) {
  if (f.describing() || universe.all_symbols) return;
  if (std::ranges::find(universe.symbols, symbol) != universe.symbols.end()) return;
  const std::vector<std::string_view> names(universe.symbols.begin(), universe.symbols.end());
  f.error(key, "'" + symbol + "' is not in universe.symbols" + suggestion(symbol, names));
}

constexpr std::string_view ma_description = "close beyond the average of this many closes is an exit; 0: off";

void decode(Fields& f, BuyAndHoldParameters& p, const SizerContext& universe) {
  f.text("symbol", p.symbol, "default: the first universe symbol");
  if (p.symbol) {
    p.symbol = std::string(trimmed(*p.symbol));
    check_in_universe(f, "symbol", *p.symbol, universe);
  }
}

void decode(Fields& f, TopNSignalParameters& p, const SizerContext&) {
  f.text("signal_column", p.signal_column, "signal column");
  f.integer("top_n", p.top_n, at_least(0), "how many");
  f.number("min_signal", p.min_signal, {}, "lowest signal; null: none");
  f.flag("higher_is_better", p.higher_is_better, "false ranks the lowest first");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, StaticUniverseParameters& p, const SizerContext& universe) {
  f.text_list("symbols", p.symbols, "default: the universe");
  for (const std::string& symbol : p.symbols) check_in_universe(f, "symbols", symbol, universe);
  f.flag("redistribute", p.redistribute, "true: the share of a name that is not listed yet goes to the others");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, LongShortTopNParameters& p, const SizerContext&) {
  f.text("signal_column", p.signal_column, "signal column");
  f.integer("k_long", p.k_long, at_least(0), "longs");
  f.integer("k_short", p.k_short, at_least(0), "shorts");
  f.flag("long_if_high", p.long_if_high, "false: the lowest are long");
  f.number("min_abs_score", p.min_abs_score, at_least(0.0), "lowest magnitude");
  f.integer("trailing_ma_days", p.trailing_ma_days, between(0, 100'000), ma_description);
  f.number("stop_loss_pct", p.stop_loss_pct, inside(0.0, 1.0), "loss since entry");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  f.integer("partial_exit_days", p.partial_exit_days, at_least(1), "bars held before a part is sold");
  f.number("partial_exit_fraction", p.partial_exit_fraction, between(0.0, 1.0), "share that is sold");
  f.integer("max_hold_days", p.max_hold_days, at_least(1), "bars held at most");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, BreakoutParameters& p, const SizerContext&) {
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
  f.number("stop_loss_pct", p.stop_loss_pct, inside(0.0, 1.0), "loss since entry");
  f.number("take_profit_pct", p.take_profit_pct, inside(0.0, 1.0), "gain since entry");
  f.number("trailing_stop_pct", p.trailing_stop_pct, inside(0.0, 1.0), "distance from the best price");
  f.integer("time_stop_days", p.time_stop_days, at_least(1), "bars held at most");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  f.integer("partial_exit_days", p.partial_exit_days, at_least(1), "bars held before a part is sold");
  f.number("partial_exit_fraction", p.partial_exit_fraction, between(0.0, 1.0), "share that is sold");
  decode_class_rebalance(f, p.rebalance);
}

void decode(Fields& f, EpisodicPivotParameters& p, const SizerContext&) {
  f.text("ep_score_column", p.ep_score_column, "signal column");
  f.number("min_ep_score", p.min_ep_score, {}, "lowest score");
  f.flag("enable_shorts", p.enable_shorts, "");
  f.integer("trailing_ma_days", p.trailing_ma_days, between(0, 100'000), ma_description);
  f.number("stop_loss_pct", p.stop_loss_pct, inside(0.0, 1.0), "loss since entry");
  f.number("take_profit_pct", p.take_profit_pct, inside(0.0, 1.0), "gain since entry");
  f.number("trailing_stop_pct", p.trailing_stop_pct, inside(0.0, 1.0), "distance from the best price");
  f.integer("time_stop_days", p.time_stop_days, at_least(1), "bars held at most");
  f.flag("use_low_for_stop", p.use_low_for_stop, "low and high instead of the close");
  f.flag("allow_raw_fields", p.allow_raw_fields, "score from gap and volume columns where the score is missing");
  decode_class_rebalance(f, p.rebalance);
}

template <typename Parameters>
void expand_into(Fields& f, std::variant<PipelinePolicy, TargetWeightsPolicy>& strategy, const SizerContext& universe) {
  Parameters parameters;
  decode(f, parameters, universe);
  if (!f.describing()) strategy = expand(parameters, universe.symbols);
}

void decode_target_weights(Fields& f, std::variant<PipelinePolicy, TargetWeightsPolicy>& strategy,
                           const StrategyContext& context) {
  std::string path;
  f.required_text("path", path, "a table of date, symbol and weight, CSV or Parquet");
  if (f.describing()) return;
  strategy = TargetWeightsPolicy{.table = context.target_paths->size()};
  context.target_paths->push_back(path);
}

}  // namespace

const std::vector<std::string_view>& class_strategy_names() {
  static const std::vector<std::string_view> names{
      "BuyAndHoldStrategy",    "TopNSignalStrategy",     "BreakoutStrategy",     "LongShortTopNStrategy",
      "EpisodicPivotStrategy", "StaticUniverseStrategy", "TargetWeightsStrategy"};
  return names;
}

void decode_class_parameters(Fields& f, const std::string& name,
                             std::variant<PipelinePolicy, TargetWeightsPolicy>& strategy,
                             const StrategyContext& context) {
  if (name == "BuyAndHoldStrategy") expand_into<BuyAndHoldParameters>(f, strategy, context.universe);
  if (name == "TopNSignalStrategy") expand_into<TopNSignalParameters>(f, strategy, context.universe);
  if (name == "BreakoutStrategy") expand_into<BreakoutParameters>(f, strategy, context.universe);
  if (name == "LongShortTopNStrategy") expand_into<LongShortTopNParameters>(f, strategy, context.universe);
  if (name == "EpisodicPivotStrategy") expand_into<EpisodicPivotParameters>(f, strategy, context.universe);
  if (name == "StaticUniverseStrategy") expand_into<StaticUniverseParameters>(f, strategy, context.universe);
  if (name == "TargetWeightsStrategy") decode_target_weights(f, strategy, context);
}

}  // namespace backtest
