#!/usr/bin/env python3
"""Lists of `backtest serve` with 200,000 runs stored, on SQLite and PostgreSQL: each order, filter and search.

  list_bench.py --binary PATH [--runs 200000] [--seconds 5] [--store sqlite|postgres]

64 connections, 8 where a text is searched; wrk drives them on the same processors. To reach: 20 ms p99."""
import argparse
import os
import time

from stored_runs import PostgresRuns, SqliteRuns
from wrk_load import Load

TARGET_MS = 20.0

LISTS = {
    "newest first": "", "oldest first": "sort=submitted_at", "best return": "sort=-total_return",
    "worst return": "sort=total_return", "best Sharpe": "sort=-sharpe_ratio", "deepest drawdown": "sort=max_drawdown",
    "failed": "status=failed", "running": "status=running", "completed": "status=completed",
    "of a tag": "tags=live", "of a rare tag": "tags=review", "of a submitter": "submitter=user3",
    "of a rare submitter": "submitter=rare", "of a strategy": "strategy=TopN", "of a rare strategy": "strategy=Rare",
    "of a month": "submitted_from={month}", "return at least": "total_return_min=1.4",
    "return in a narrow band": "total_return_min=0.5&total_return_max=0.505",
    "best return of a submitter": "sort=-total_return&submitter=user3",
    "best return of a tag": "sort=-total_return&tags=live", "best return of a strategy": "sort=-total_return&strategy=TopN",
    "best return of a rare strategy": "sort=-total_return&strategy=Rare",
    "failed of a submitter": "status=failed&submitter=user3", "of a tag and a submitter": "tags=live&submitter=user3",
    "best Sharpe with a good return": "sort=-sharpe_ratio&total_return_min=1.0",
}
SEARCHES = {"text that all have": "q=momentum", "text that few have": "q=momentum%20123", "text that none has": "q=nothing",
            "text by best return": "q=momentum%2012&sort=-total_return", "two letters": "q=zz"}


def measure(service, store, seconds):
    month = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 30 * 86_400))
    print(f"\n| {store} | a second | p50 ms | p99 ms | |\n|---|---|---|---|---|")
    for lists, connections in ((LISTS, 64), (SEARCHES, 8)):
        for name, query in lists.items():
            path = f"/backtests?limit=50&{query.format(month=month)}"
            for _ in range(2):
                assert service.get(path).status == 200, path
            load = Load(service.address, path, connections, seconds)
            verdict = "" if load.p99 <= TARGET_MS else f"over {TARGET_MS:.0f}"
            print(f"| {name} | {load.rate:.0f} | {load.p50:.1f} | {load.p99:.1f} | {verdict}{load.trouble} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--store", choices=("sqlite", "postgres"))
    a = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors; {a.runs} runs")
    for store, kind in (("sqlite", SqliteRuns), ("postgres", PostgresRuns)):
        if a.store not in (None, store):
            continue
        with kind(a.binary) as stored:
            stored.fill_ended(a.runs)
            stored.take_in()
            service = stored.service().start(wait_ready=False)
            try:
                service.wait_ready(seconds=120)
                service.get("/backtests?q=anything")
                time.sleep(10)  # texts are taken into their index
                measure(service, store, a.seconds)
            finally:
                service.kill()


main()
