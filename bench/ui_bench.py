#!/usr/bin/env python3
"""The web client over a store of 100,000 runs: bytes, paint, frames of a chart of 10 runs by 10,000 bars, and memory over an
hour of live updates.

  ui_bench.py --binary PATH [--bars 10000] [--runs 10]"""
import argparse
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "e2e"))
from service import Service, policy, write_market  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--bars", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    s = Service(arguments.binary, BACKTEST_LOG_LEVEL="error").start()
    prices = write_market(s.directory, bars=arguments.bars, instruments=4)
    run_ids = [s.submit(policy(prices, initial_cash=1e5 + at), run_id=f"bench-{at}") for at in range(arguments.runs)]
    for run_id in run_ids:
        s.wait_terminal(run_id, 300)
    s.stop()
    store = sqlite3.connect(s.directory / "results/runs.sqlite3")
    earlier_us = int((time.time() - 86_400) * 1e6)
    store.executemany("insert into run_records (run_id, status, submitted_at, output_dir, config_sha256, submitter, priority) "
                      "values (?, 'cancelled', ?, ?, 'none', 'anonymous', 0)",
                      ((f"many-{at:06}", earlier_us + at, f"many-{at:06}") for at in range(100_000)))
    store.commit()
    store.close()
    s.start()
    try:
        subprocess.run([ROOT / ".deps/node/bin/node", ROOT / "bench/ui_bench.mjs"], check=True,
                       env={**os.environ, "BACKTEST_BENCH_ADDRESS": f"http://{s.address}", "BACKTEST_BENCH_RUNS": ",".join(run_ids)})
    finally:
        s.stop()


if __name__ == "__main__":
    main()
