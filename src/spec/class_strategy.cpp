#include "spec/class_strategy.hpp"

namespace backtest {
namespace {

// What a class strategy ranks is what today's signals name.
UniversePolicy signal_universe() {
  return UniversePolicy{.source = UniverseSource::signals, .require_columns = {}, .filters = {}};
}

// No symbols: every instrument.
UniversePolicy fixed_universe(UniverseSource source, std::vector<std::string> symbols) {
  UniversePolicy universe{.source = source, .require_columns = {}, .filters = {}};
  if (!symbols.empty()) universe.filters.emplace_back(WhitelistFilter{.symbols = std::move(symbols)});
  return universe;
}

void add_partial_exit(std::optional<int> days, double fraction, std::vector<ExitRule>& rules) {
  if (days) rules.emplace_back(PartialExit{.days = *days, .fraction = fraction, .once = true});
}

// Exits that Breakout and EpisodicPivot share (STR-3), in its order.
template <typename Parameters>
std::vector<ExitRule> event_exits(const Parameters& parameters) {
  std::vector<ExitRule> rules;
  rules.emplace_back(TrailingMaExit{.days = parameters.trailing_ma_days});
  if (parameters.time_stop_days) rules.emplace_back(TimeStopExit{.days = *parameters.time_stop_days});
  if (parameters.stop_loss_pct) {
    rules.emplace_back(
        StopLossExit{.pct = *parameters.stop_loss_pct, .use_intraday_extremes = parameters.use_low_for_stop});
  }
  if (parameters.take_profit_pct) rules.emplace_back(TakeProfitExit{.pct = *parameters.take_profit_pct});
  if (parameters.trailing_stop_pct) {
    rules.emplace_back(TrailingStopExit{.pct = *parameters.trailing_stop_pct,
                                        .use_water_marks = true,
                                        .use_intraday_extremes = parameters.use_low_for_stop});
  }
  return rules;
}

}  // namespace

PipelinePolicy expand(const BuyAndHoldParameters& parameters, const std::vector<std::string>& universe) {
  PipelinePolicy policy;
  policy.schedule.frequency = Frequency::once;  // W-7: buy once
  std::vector<std::string> symbols;
  if (parameters.symbol) {
    symbols.push_back(*parameters.symbol);
  } else if (!universe.empty()) {
    symbols.push_back(universe.front());
  }
  // Wanted on every bar until it is held, listed or not (STR-4): the first bar with its price buys it.
  policy.cash_for_unlisted = symbols;
  policy.universe = fixed_universe(UniverseSource::listed, std::move(symbols));
  policy.scoring = ConstantScoring{.value = 1.0};
  policy.selection = SignedSelection{};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = false};
  return policy;
}

PipelinePolicy expand(const TopNSignalParameters& parameters, const std::vector<std::string>&) {
  PipelinePolicy policy;
  policy.schedule = parameters.rebalance;
  policy.universe = signal_universe();
  policy.scoring = ColumnScoring{.column = parameters.signal_column};
  policy.selection = TopNSelection{.n = parameters.top_n,
                                   .long_side = true,
                                   .min_score = parameters.min_signal,
                                   .higher_is_better = parameters.higher_is_better};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = true};
  return policy;
}

PipelinePolicy expand(const StaticUniverseParameters& parameters, const std::vector<std::string>& universe) {
  const std::vector<std::string>& symbols = parameters.symbols.empty() ? universe : parameters.symbols;
  PipelinePolicy policy;
  policy.schedule = parameters.rebalance;
  policy.universe = fixed_universe(UniverseSource::listed, symbols);
  policy.scoring = ConstantScoring{.value = 1.0};
  policy.selection = SignedSelection{};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = true};
  if (!parameters.redistribute) policy.cash_for_unlisted = symbols;
  policy.cash_for_all_unlisted = !parameters.redistribute && symbols.empty();
  return policy;
}

PipelinePolicy expand(const LongShortTopNParameters& parameters, const std::vector<std::string>&) {
  PipelinePolicy policy;
  policy.schedule = parameters.rebalance;
  policy.universe = signal_universe();
  policy.scoring = ColumnScoring{.column = parameters.signal_column};
  policy.selection = LongShortTopNSelection{.long_n = parameters.k_long,
                                            .short_n = parameters.k_short,
                                            .min_abs_score = parameters.min_abs_score,
                                            .score_abs = true,
                                            .allow_short = parameters.k_short > 0,
                                            .long_if_high = parameters.long_if_high};
  policy.holding = ReplaceAllHolding{
      .exit_if_not_selected = false, .refresh_held_scores = true, .refresh_mode = RefreshMode::abs_signed};
  std::vector<ExitRule>& rules = policy.exits.rules;  // CS-13's order
  if (parameters.trailing_ma_days) rules.emplace_back(TrailingMaExit{.days = *parameters.trailing_ma_days});
  if (parameters.max_hold_days) rules.emplace_back(TimeStopExit{.days = *parameters.max_hold_days});
  if (parameters.stop_loss_pct) {
    rules.emplace_back(
        StopLossExit{.pct = *parameters.stop_loss_pct, .use_intraday_extremes = parameters.use_low_for_stop});
  }
  add_partial_exit(parameters.partial_exit_days, parameters.partial_exit_fraction, rules);
  return policy;
}

PipelinePolicy expand(const BreakoutParameters& parameters, const std::vector<std::string>&) {
  PipelinePolicy policy;
  policy.schedule = parameters.rebalance;
  policy.universe = signal_universe();
  policy.scoring = BreakoutClassScoring{.breakout_column = parameters.breakout_score_column,
                                        .breakdown_column = parameters.breakdown_score_column,
                                        .enable_shorts = parameters.enable_shorts,
                                        .short_from_breakout = parameters.short_from_breakout,
                                        .min_abs_score = parameters.min_abs_score};
  policy.selection = SignedSelection{};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = false};
  policy.exits.rules = event_exits(parameters);
  add_partial_exit(parameters.partial_exit_days, parameters.partial_exit_fraction, policy.exits.rules);
  return policy;
}

PipelinePolicy expand(const EpisodicPivotParameters& parameters, const std::vector<std::string>&) {
  PipelinePolicy policy;
  policy.schedule = parameters.rebalance;
  policy.universe = signal_universe();
  policy.scoring = EpisodicPivotClassScoring{.column = parameters.ep_score_column,
                                             .allow_raw_fields = parameters.allow_raw_fields,
                                             .min_score = parameters.min_ep_score,
                                             .enable_shorts = parameters.enable_shorts};
  policy.selection = SignedSelection{};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = false};
  policy.exits.rules = event_exits(parameters);
  return policy;
}

}  // namespace backtest
