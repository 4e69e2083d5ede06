#!/usr/bin/env python3
"""Lists of `backtest serve` with 200,000 runs stored, on SQLite and PostgreSQL: each order, filter and search.

  list_bench.py --binary PATH [--runs 200000] [--seconds 5] [--store sqlite|postgres]

64 connections, 8 where a text is searched; wrk drives them on the same processors. To reach: 20 ms p99."""
import argparse
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from postgres_cluster import Cluster  # noqa: E402
from service import Service  # noqa: E402
from wrk_load import Load  # noqa: E402

TARGET_MS = 20.0

# What a run of number i is: nine of ten are completed, ten submitters share all but a few, a third has a tag.
SHARED = """
  'RUN20240131-' || {hash} as run_id,
  case when i % 20 = 0 then 'failed' when i % 50 = 1 then 'cancelled' else 'completed' end as status,
  'momentum ' || (i % 1000) as run_name,
  case when i % 10000 = 7 then 'rare' else 'user' || (i / 7 % 10) end as submitter,
  case when i % 5000 = 3 then 'Rare' when i % 4 = 0 then 'TopN' else 'Momentum' end as strategy,
  case when i % 3 = 0 then '["live"]' when i % 997 = 0 then '["review"]' end as tags"""

SQLITE = """
insert into run_records (run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date,
    output_dir, config_sha256, submitter, strategy, tags, priority, revision, attempts, total_return, sharpe_ratio,
    max_drawdown, final_equity, trades, progress)
  with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < {runs}),
    shared as (select i, {shared} from numbers)
  select run_id, status, {now} - ({runs} - i) * 30000000, {now} - ({runs} - i) * 30000000 + 1000,
    {now} - ({runs} - i) * 30000000 + 2000, run_name, '2015-01-01', '2024-12-31', run_id, hex(randomblob(32)), submitter,
    strategy, tags, 0, 3, 1, iif(status = 'completed', (i * 7919 % 100003) / 50000.0 - 0.5, null),
    iif(status = 'completed', (i * 104729 % 100019) / 25000.0 - 1, null),
    iif(status = 'completed', -(i * 1299709 % 100043) / 100050.0, null), 1e6, 100, 1 from shared;
insert into run_configs (run, config_json, effective_config_json) select id, '{{}}', '{{}}' from run_records;
analyze;
"""

POSTGRES = """
insert into backtest.runs (run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date,
    config_json, effective_config_json, config_digest, submitter, ended_status, strategy, tags, revision)
  select run_id, status, now() - ({runs} - i) * interval '30 s', now() - ({runs} - i) * interval '30 s' +
    interval '1 ms', now() - ({runs} - i) * interval '30 s' + interval '2 ms', run_name, '2015-01-01', '2024-12-31', '{{}}',
    '{{}}', sha256(run_id::bytea), submitter, nullif(status, 'completed'), strategy, tags,
    case when status <> 'completed' then 3 end
  from (select i, {shared} from generate_series(1, {runs}) i) shared;
insert into backtest.run_tags (tag, submitted_at, run_id)
  select t.tag, r.submitted_at, r.run_id from backtest.runs r, json_array_elements_text(r.tags::json) t (tag);
insert into backtest.run_attempts (submitted_at, run_hash, epoch, ending, token, worker_id, manifest_digest,
    total_return, sharpe_ratio, max_drawdown, final_equity, trades, claimed_at, ended_at)
  select submitted_at, hashtextextended(run_id, 0), 1, status::backtest.attempt_ending, gen_random_uuid(),
    gen_random_uuid(), sha256(run_id::bytea), case when completes then random() * 2 - 0.5 end,
    case when completes then random() * 4 - 1 end, case when completes then -random() end, 1e6, 100, started_at,
    completed_at from (select *, status = 'completed' as completes from backtest.runs) r order by submitted_at;
"""

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


def fill_sqlite(binary, runs):
    service = Service(binary, BACKTEST_MAX_CONCURRENT="0", BACKTEST_LOG_LEVEL="error").start()
    service.stop()
    shared = SHARED.format(hash="lower(hex(randomblob(8)))")
    with sqlite3.connect(service.directory / "results" / "runs.sqlite3") as database:
        database.executescript(SQLITE.format(runs=runs, shared=shared, now=int(time.time() * 1e6)))
    return service, lambda: None


def fill_postgres(binary, runs):
    cluster = Cluster(["max_wal_size=4GB"])
    directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-lists-"))
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), "BACKTEST_POSTGRES_DSN": cluster.dsn()}
    subprocess.run([binary, "migrate", "up"], env=environment, check=True, capture_output=True)
    shared = SHARED.format(hash="substr(md5(i::text), 1, 16)")
    cluster.sql(POSTGRES.format(runs=runs, shared=shared))
    while cluster.sql("select backtest.extend_run_numbers(20000, 1)") == "t":
        pass
    while cluster.sql("select backtest.extend_run_texts(20000)") != "0":
        pass
    cluster.sql("vacuum analyze")
    service = Service(binary, directory, BACKTEST_MAX_CONCURRENT="0", BACKTEST_LOG_LEVEL="error",
                      BACKTEST_RUN_STORE_MODE="postgres", BACKTEST_POSTGRES_DSN=cluster.dsn())
    return service, cluster.stop


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
    for store, fill in (("sqlite", fill_sqlite), ("postgres", fill_postgres)):
        if a.store not in (None, store):
            continue
        service, end = fill(a.binary, a.runs)
        try:
            service.start(wait_ready=False).wait_ready(seconds=120)
            service.get("/backtests?q=anything")
            time.sleep(10)  # texts are taken into their index
            measure(service, store, a.seconds)
        finally:
            service.kill()
            end()


main()
