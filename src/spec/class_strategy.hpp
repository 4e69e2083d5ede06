// Class strategies as presets of the configured pipeline (STR-4..STR-9, decisions "Class strategies are presets").
// Defaults are CFG-17's. expand() trusts its input: the spec has checked it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/pipeline_policy.hpp"
#include "engine/model/schedule.hpp"

namespace backtest {

struct BuyAndHoldParameters {
  std::optional<std::string> symbol;  // unset = the first universe symbol
};

struct TopNSignalParameters {
  std::string signal_column = "composite_percentile";
  int top_n = 10;
  std::optional<double> min_signal;
  bool higher_is_better = true;
  Schedule rebalance;
};

struct StaticUniverseParameters {
  std::vector<std::string> symbols;  // empty = the universe
  bool redistribute = false;         // true: the share of names not listed yet goes to the others
  Schedule rebalance;
};

struct LongShortTopNParameters {
  std::string signal_column = "composite_percentile";
  int k_long = 0;
  int k_short = 0;
  bool long_if_high = true;
  double min_abs_score = 0.0;
  std::optional<int> trailing_ma_days;
  std::optional<double> stop_loss_pct;
  bool use_low_for_stop = true;
  std::optional<int> partial_exit_days;
  double partial_exit_fraction = 0.5;
  std::optional<int> max_hold_days;
  Schedule rebalance;
};

struct BreakoutParameters {
  std::string breakout_score_column = "breakout_score";
  std::optional<std::string> breakdown_score_column = "breakdown_score";  // nullopt disables
  bool enable_shorts = true;
  bool short_from_breakout = false;
  double min_abs_score = 0.0;
  int trailing_ma_days = 10;
  std::optional<double> stop_loss_pct;
  std::optional<double> take_profit_pct;
  std::optional<double> trailing_stop_pct;
  std::optional<int> time_stop_days;
  bool use_low_for_stop = true;
  std::optional<int> partial_exit_days;
  double partial_exit_fraction = 0.5;
  Schedule rebalance;
};

struct EpisodicPivotParameters {
  std::string ep_score_column = "ep_score";
  double min_ep_score = 0.0;
  bool enable_shorts = false;
  int trailing_ma_days = 20;
  std::optional<double> stop_loss_pct;
  std::optional<double> take_profit_pct;
  std::optional<double> trailing_stop_pct;
  std::optional<int> time_stop_days;
  bool use_low_for_stop = true;
  bool allow_raw_fields = true;
  Schedule rebalance;
};

// `universe` is the config's universe.symbols in config order; empty when it is `all`, which BuyAndHold does not take.
PipelinePolicy expand(const BuyAndHoldParameters& parameters, const std::vector<std::string>& universe);
PipelinePolicy expand(const TopNSignalParameters& parameters, const std::vector<std::string>& universe);
PipelinePolicy expand(const StaticUniverseParameters& parameters, const std::vector<std::string>& universe);
PipelinePolicy expand(const LongShortTopNParameters& parameters, const std::vector<std::string>& universe);
PipelinePolicy expand(const BreakoutParameters& parameters, const std::vector<std::string>& universe);
PipelinePolicy expand(const EpisodicPivotParameters& parameters, const std::vector<std::string>& universe);

}  // namespace backtest
