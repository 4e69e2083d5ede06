#include "sample/sample_configs.hpp"

namespace backtest {

namespace {

constexpr std::string_view readme = R"(# A sample market

Synthetic: 238 shares and two funds (STOX, all shares; BOND, bonds) over eight years, with splits, dividends, late
listings, delistings and holes. Nothing here is a real price.

- prices.csv: date, symbol, open, high, low, close, volume as traded; split (new shares per old), dividend (per share)
- signals.csv: date, symbol, quality, value; each known at that day's close

Paths in the configs are relative to the directory in which `backtest` runs, so run them here:

    backtest run sixty_forty.yaml    # 60 % STOX, 40 % BOND, rebalanced each quarter
    backtest run momentum.yaml       # each month the 24 shares that rose most over a year
    backtest run long_short.yaml     # long the best quality, short the worst, with stops and borrow costs
    backtest run composite.yaml      # momentum and quality, each with half the money
)";

constexpr std::string_view sixty_forty =
    R"(# 60 % shares, 40 % bonds, rebalanced each quarter. Run in this directory: backtest run sixty_forty.yaml
run_name: sixty-forty
start_date: "2016-01-04"
end_date: "2023-12-29"
initial_cash: 100000.0
universe:
  symbols: [STOX, BOND]
data:
  price_source: local
  price_path: prices.csv
strategy:
  class: StaticUniverseStrategy
  parameters:
    rebalance: quarterly
sizing:
  class: FixedWeightSizer
  parameters:
    weights: {STOX: 0.6, BOND: 0.4}
broker:
  slippage_bps: 2.0
  commission: 0.0002
benchmark:
  symbol: STOX
output:
  local_dir: results
)";

constexpr std::string_view momentum =
    R"(# Each month the 24 shares that rose most over a year. Run in this directory: backtest run momentum.yaml
run_name: momentum
start_date: "2017-01-02"
end_date: "2023-12-29"
initial_cash: 1000000.0
universe:
  symbols: all
data:
  price_source: local
  price_path: prices.csv
  warmup_bars: 253          # lookbacks see the year before start_date
strategy:
  type: configured
  rebalance: {freq: monthly}
  universe:
    source: prices
    filters:
      - {type: blacklist, symbols: [STOX, BOND]}
      - {type: min_price, column: close, value: 5}
      - {type: min_dollar_volume, lookback: 20, value: 500000}
  scoring: {type: momentum, lookback: 252, skip: 21}
  selection:
    type: topn
    topn: {n: 24, side: long}
  holding_policy:
    type: replace_all
    replace_all: {exit_if_not_selected: true}
sizing:
  class: EqualWeightSizer
  parameters: {max_positions: 24}
constraints:
  max_position_size: 0.1
broker:
  slippage_bps: 5.0
  commission: 0.0005
  max_participation_rate: 0.05
  reserve_costs: true
benchmark:
  symbol: STOX
output:
  local_dir: results
)";

constexpr std::string_view long_short =
    R"(# Long the best quality, short the worst. Run in this directory: backtest run long_short.yaml
run_name: long-short
start_date: "2016-06-01"
end_date: "2023-12-29"
initial_cash: 1000000.0
universe:
  symbols: all
data:
  price_source: local
  price_path: prices.csv
  signal_path: signals.csv
strategy:
  type: configured
  rebalance: {freq: weekly}
  universe:
    source: intersection
    filters:
      - {type: min_price, column: close, value: 5}
      - {type: min_dollar_volume, lookback: 20, value: 500000}
  scoring:
    type: weighted_sum
    terms:
      - {column: quality, weight: 0.7}
      - {column: value, weight: 0.3}
    normalize: zscore
  selection:
    type: long_short_topn
    long_short_topn: {long_n: 30, short_n: 30, allow_short: true}
  holding_policy:
    type: replace_all
    replace_all: {exit_if_not_selected: true}
  exits:
    precedence: exit_over_scale
    rules:
      - {type: stop_loss, pct: 0.15}
      - {type: time_stop, days: 60}
    cooldown_bars: 5
sizing:
  class: LongShortScoreSizer
  parameters: {max_longs: 30, max_shorts: 30, gross_target: 1.6, net_target: 0.0, weight_mode: equal}
constraints:
  max_leverage: 1.6
  max_position_size: 0.05
  allow_short: true
  max_turnover: 1.0
broker:
  slippage_bps: 5.0
  commission: 0.0005
  financing: {cash_rate: 0.02, margin_rate: 0.05, borrow_rate: 0.01}
output:
  local_dir: results
)";

constexpr std::string_view composite =
    R"(# Momentum and quality, each with half the money. Run in this directory: backtest run composite.yaml
run_name: composite
start_date: "2017-01-02"
end_date: "2023-12-29"
initial_cash: 1000000.0
universe:
  symbols: all
data:
  price_source: local
  price_path: prices.csv
  signal_path: signals.csv
  warmup_bars: 253
strategy:
  type: composite
  blend: {normalize_final: gross, target_gross: 1.0, allow_overlap: true}
  legs:
    - name: momentum
      weight: 0.5
      strategy:
        type: configured
        rebalance: {freq: monthly}
        universe:
          source: prices
          filters:
            - {type: blacklist, symbols: [STOX, BOND]}
            - {type: min_price, column: close, value: 5}
        scoring: {type: momentum, lookback: 252, skip: 21}
        selection: {type: topn, topn: {n: 20, side: long}}
        holding_policy: {type: replace_all, replace_all: {exit_if_not_selected: true}}
    - name: quality
      weight: 0.5
      strategy:
        class: TopNSignalStrategy
        parameters: {signal_column: quality, top_n: 20, rebalance: weekly}
sizing:
  class: EqualWeightSizer
  parameters: {max_positions: 20}
constraints:
  max_leverage: 1.0
  max_position_size: 0.1
broker:
  slippage_bps: 5.0
  commission: 0.0005
benchmark:
  symbol: STOX
output:
  local_dir: results
)";

}  // namespace

std::vector<SampleFile> sample_files() {
  return {{"README.md", readme},
          {"sixty_forty.yaml", sixty_forty},
          {"momentum.yaml", momentum},
          {"long_short.yaml", long_short},
          {"composite.yaml", composite}};
}

}  // namespace backtest
