// Everything that simulate() needs to know besides market data. Built by spec/, checked there: the engine trusts it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/model/pipeline_policy.hpp"

namespace backtest {

// ---- sizers (SZ) ----

struct EqualWeightSizerPolicy {
  int max_positions = 10;
};
enum class WeightMode { equal, score };
struct LongShortScoreSizerPolicy {
  int max_longs = 10;
  int max_shorts = 10;
  double gross_target = 1.0;
  double net_target = 0.0;
  WeightMode weight_mode = WeightMode::equal;
  bool sticky_holdings = true;
  double score_power = 1.0;
  double min_abs_score = 0.0;
};
enum class Covariance { sample, ledoit_wolf };
struct KellySizerPolicy {
  double mu_scale = 0.0;
  double kelly_fraction = 0.5;
  int lookback_days = 20;
  Covariance covariance = Covariance::sample;
};
struct OptimizationSizerPolicy {
  double risk_aversion = 1.0;
  int lookback_days = 252;
  Covariance covariance = Covariance::sample;
};
struct FixedWeightSizerPolicy {
  std::vector<std::pair<std::string, double>> weights;
};
using SizerPolicy = std::variant<EqualWeightSizerPolicy, LongShortScoreSizerPolicy, KellySizerPolicy,
                                 OptimizationSizerPolicy, FixedWeightSizerPolicy>;

// ---- strategies ----

// Weights decided elsewhere; `table` indexes MarketData::targets.
struct TargetWeightsPolicy {
  std::size_t table = 0;
};

enum class WeightNormalization { none, gross, net };

struct LegPolicy {
  std::string name;
  double weight = 0.0;  // >= 0; alphas are weights of enabled legs over their sum
  bool enabled = true;
  std::variant<PipelinePolicy, TargetWeightsPolicy> strategy;
  SizerPolicy sizer;
  WeightNormalization normalize = WeightNormalization::none;
  double target_gross = 1.0;
  double target_net = 1.0;
};

struct CompositePolicy {
  std::vector<LegPolicy> legs;
  WeightNormalization normalize_final = WeightNormalization::none;
  double target_gross = 1.0;
  double target_net = 1.0;
  bool allow_overlap = true;
};

using StrategyPolicy = std::variant<PipelinePolicy, TargetWeightsPolicy, CompositePolicy>;

// ---- constraints (CON) ----

struct ConstraintPolicy {
  double max_leverage = 1.0;
  double max_position_size = 1.0;
  bool allow_short = false;
  std::optional<double> stop_loss = std::nullopt;  // an exit rule for every position (W-11)
  std::optional<double> max_turnover = std::nullopt;
  std::optional<double> max_net_exposure = std::nullopt;  // ignored when an edge of the band is set
  std::optional<double> net_exposure_min = std::nullopt;
  std::optional<double> net_exposure_max = std::nullopt;
  std::optional<double> min_weight_change = std::nullopt;
};

// ---- broker (BRK, decisions Execution and cash) ----

enum class FillPolicy { next_open, next_close, same_close };
enum class RoundingMode { toward_zero, nearest, floor, ceil };

// Who pays the costs of a rebalance.
enum class CostFinancing {
  margin,          // cash, which may go negative
  each_order,      // the order: a buy with its costs is worth, and a sell after its costs raises, what was wanted
  cash_capped,     // the last buys: sells come first, and a buy is cut to the cash that is left
  self_financing,  // all positions alike: the weights divide the NAV after costs
};

// What becomes of an order whose instrument has no price on the bar that executes it.
enum class UnfilledOrders { cancel, retry };

struct Financing {
  double cash_rate = 0.0;
  double margin_rate = 0.0;
  double borrow_rate = 0.0;
};  // per year, simple

struct BrokerPolicy {
  double slippage_bps = 0.0;
  double spread_bps = 0.0;
  double commission = 0.0;  // fraction of notional
  double commission_per_share = 0.0;
  double commission_minimum = 0.0;  // per fill
  FillPolicy fill_policy = FillPolicy::next_open;
  bool allow_fractional_shares = true;
  int lot_size = 1;
  RoundingMode rounding_mode = RoundingMode::toward_zero;
  double min_trade_notional = 0.0;
  double min_trade_shares = 0.0;
  std::optional<double> max_participation_rate = std::nullopt;  // of the bar's volume
  CostFinancing cost_financing = CostFinancing::margin;
  UnfilledOrders unfilled = UnfilledOrders::cancel;
  int unfilled_bars = 5;  // how many further bars a retried order waits for a price; >= 1
  Financing financing = {};
};

// ---- metrics ----

// What MarketData::risk_free holds.
enum class RiskFreeSeries { none, yields, prices };

struct MetricPolicy {
  std::optional<double> bars_per_year = std::nullopt;  // unset: from the dates of the simulated bars
  double risk_free_rate = 0.0;                         // annual, simple; where there is no series
  RiskFreeSeries risk_free_series = RiskFreeSeries::none;
  int ddof = 0;  // of deviations of returns: 0 or 1
};

struct Policy {
  double initial_cash = 1'000'000.0;
  StrategyPolicy strategy;
  SizerPolicy sizer;  // of the top-level strategy; a composite's legs carry their own
  ConstraintPolicy constraints;
  BrokerPolicy broker;
  int delist_after_bars = 5;  // 0 = never
  MetricPolicy metrics = {};
};

}  // namespace backtest
