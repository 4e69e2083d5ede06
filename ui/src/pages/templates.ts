// Configs to begin with. Paths are those of the service's directory; all of them run on what `backtest sample` writes.
export const templates = [
  {
    name: "momentum: the strongest names, each month",
    text: `run_name: momentum
start_date: 2017-01-01
end_date: 2023-12-31
initial_cash: 1000000
universe: {symbols: all}
data:
  price_path: prices.csv
  warmup_bars: 260
strategy:
  type: configured
  rebalance: {freq: monthly}
  scoring: {type: momentum, lookback: 252, skip: 21}
  selection:
    type: topn
    topn: {n: 20}
  holding_policy: {type: replace_all}
sizing:
  class: EqualWeightSizer
  parameters: {max_positions: 20}
broker:
  commission: 0.0005
  slippage_bps: 2
`,
  },
  {
    name: "sixty forty: fixed weights, each quarter",
    text: `run_name: sixty-forty
start_date: 2017-01-01
end_date: 2023-12-31
universe: {symbols: [STOX, BOND]}
data:
  price_path: prices.csv
strategy:
  class: StaticUniverseStrategy
  parameters: {rebalance: quarterly}
sizing:
  class: FixedWeightSizer
  parameters:
    weights: {STOX: 0.6, BOND: 0.4}
broker:
  commission: 0.0005
  slippage_bps: 2
`,
  },
];
