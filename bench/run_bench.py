#!/usr/bin/env python3
"""Time `backtest run` from Parquet to all artifacts on W1 and W4.

  run_bench.py --binary PATH --inputs DIR

DIR holds W1/ and W4/ with prices.parquet (and W4/targets.parquet), as the workloads' generator writes them.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

BROKER_W4 = ("broker: {commission_per_share: 0.005, commission_minimum: 1.0, allow_fractional_shares: false, "
             "max_participation_rate: 0.025}\n")
CONFIGS = {
    "W1": ("start_date: 2010-01-01\nend_date: 2030-01-01\nuniverse: {symbols: all}\n"
           "data: {price_path: W1/prices.parquet}\n"
           "strategy: {class: StaticUniverseStrategy, parameters: {rebalance: monthly}}\n"
           "sizing: {class: EqualWeightSizer, parameters: {max_positions: 100}}\n"
           "broker: {commission: 0.001, fill_policy: same_close}\n"),
    "W4": ("start_date: 2003-01-01\nend_date: 2030-01-01\ninitial_cash: 100000000\nuniverse: {symbols: all}\n"
           "data: {price_path: W4/prices.parquet}\n"
           "strategy:\n  type: configured\n  rebalance: {freq: monthly, session: last}\n"
           "  scoring: {type: momentum, lookback: 252, skip: 21}\n"
           "  selection: {type: topn, topn: {n: 300, min_score: null}}\n"
           "  holding_policy: {type: replace_all, replace_all: {exit_if_not_selected: true}}\n"
           "sizing: {class: EqualWeightSizer, parameters: {max_positions: 300}}\n" + BROKER_W4),
    "W4-targets": ("start_date: 2003-01-01\nend_date: 2030-01-01\ninitial_cash: 100000000\nuniverse: {symbols: all}\n"
                   "data: {price_path: W4/prices.parquet}\n"
                   "strategy: {class: TargetWeightsStrategy, parameters: {path: W4/targets.parquet}}\n" + BROKER_W4),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--inputs", required=True)
    arguments = parser.parse_args()
    inputs = pathlib.Path(arguments.inputs)
    print(f"{'workload':<12}{'load s':>9}{'simulate s':>12}{'report s':>10}{'total s':>9}{'peak MB':>9}{'fills':>9}")
    for name, config in CONFIGS.items():
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "config.yaml"
            path.write_text(config)
            done = subprocess.run([str(pathlib.Path(arguments.binary).resolve()), "run", str(path), "--quiet", "--json",
                                   "--output-dir", directory], cwd=inputs, capture_output=True, text=True)
            if done.returncode != 0:
                print(f"{name:<12} failed: {done.stderr.strip()[:300]}")
                continue
            result = json.loads(done.stdout)
            t = result["timings"]
            print(f"{name:<12}{t['load_s']:>9.2f}{t['simulate_s']:>12.4f}{t['report_s']:>10.2f}{t['total_s']:>9.2f}"
                  f"{t['peak_rss_bytes'] / 1e6:>9.0f}{result['summary']['trades']:>9}")


main()
