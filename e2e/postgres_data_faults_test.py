#!/usr/bin/env python3
"""Runs whose connection to the database of market data is refused, cut or stalled, at the bytes of an answer that the seed
chooses and at both ends: what is published is that of a run without a fault, and a fault that lasts fails the run with words
that say which source and what to do."""
import hashlib
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import unittest

import script
from database_proxy import DatabaseProxy
from postgres_cluster import Cluster
from postgres_data_test import load_prices
from replicas import assert_artifacts_match_their_manifest, assert_sqlite_settled, wait_until
from service import Service, policy, write_market

BINARY, SEED = None, 0
TIMEOUT_S = 4  # of a statement; the client waits 5 s longer
# What no fault may change; the other artifacts name their run or its tables.
RESULTS = ("trades.csv", "daily_metrics.csv", "daily_positions.parquet")


class Spoiler(DatabaseProxy):
    """`faults` has for a table: what happens to its readers' connections, after how many bytes of the answers that come once
    the table was named, and how often. `read` counts those bytes."""

    def __init__(self, *arguments):
        self.faults, self.met, self.read, self.tables, self.gone = {}, {}, {}, {}, {}
        super().__init__(*arguments)

    def to_server(self, client, server, held):
        def send(data):
            if named := re.search(rb"spoilt_[a-z0-9_]+", data):
                self.tables.setdefault(client, named[0].decode())
            server.sendall(data)
        self.gone[client] = threading.Event()
        self.pump(client, server, send)
        self.gone[client].set()

    def to_client(self, server, client, held):
        passed, fault = 0, None

        def send(data):
            nonlocal passed, fault
            table = self.tables.get(client)
            if table and not fault:
                kind, after, times = self.faults.get(table, ("none", 0, 0))
                met = self.met.get(table, 0)
                self.met[table] = met + 1
                fault = (kind if met < times else "none", after)
            if fault:
                room = fault[1] - passed if fault[0] != "none" else len(data)
                client.sendall(data[:room])
                passed += min(room, len(data))
                self.read[table] = passed
                if room < len(data):
                    if fault[0] == "stall":
                        self.gone[client].wait()
                    raise ConnectionAbortedError
            else:
                client.sendall(data)
        self.pump(server, client, send)


class PostgresDataFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-data-faults-"))
        cls.prices = write_market(cls.directory)
        load_prices(cls.cluster, cls.prices)
        cls.cluster.sql("create table market.signals as select date, symbol,"
                        " rank() over (partition by date order by close) / 6.0 as strength from market.prices;"
                        "create role reader login; grant usage on schema market to reader;"
                        "grant select on all tables in schema market to reader")

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.random = random.Random(SEED)

    def start(self, dsn, name, tables=()):
        made = Service(BINARY, tempfile.mkdtemp(dir=self.directory), BACKTEST_DATA_POSTGRES_DSN=dsn,
                       BACKTEST_ALLOWED_SQL_TABLES=",".join(["market.prices", "market.signals", *tables]),
                       BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS=str(TIMEOUT_S), BACKTEST_MAX_CONCURRENT="4",
                       **{"BACKTEST_ALLOWED_DATA_DIRS": str(self.directory)})
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        return made.start()

    def view(self, name, of):
        self.cluster.sql(f"create or replace view market.{name} as select * from market.{of};"
                         f"grant select on market.{name} to reader")
        return f"market.{name}"

    def config(self, prices="market.prices", signals="market.signals"):
        return policy("", data={"price_source": "postgres", "price_path": prices, "signal_source": "postgres",
                                "signal_path": signals},
                      strategy={"class": "TopNSignalStrategy", "parameters": {"signal_column": "strength", "top_n": 2}})

    def results(self, service, run_id):
        assert_artifacts_match_their_manifest(self, service, run_id)
        manifest = service.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").json()
        found = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        return {name: found[name] for name in RESULTS}

    def check_failed(self, service, record, *tables):
        self.assertEqual((record["status"], record["error_code"]), ("failed", "source_unavailable"), record)
        self.assertEqual(record["attempts"], 3)
        self.assertIn(record["error"].split(":")[0], tables)
        self.assertIn(": the database of BACKTEST_DATA_POSTGRES_DSN does not answer, or broke the connection; see that it runs",
                      record["error"])
        self.assertNotIn(str(self.cluster.directory), record["error"], "hosts are for the log")
        self.assertEqual(service.get(f"/backtests/{record['run_id']}/artifacts").json()["local"], [])
        self.assertEqual(service.get(f"/backtests/{record['run_id']}/summary").status, 404)

    def settle(self, service, run_ids):
        """No run is lost, doubled or half there."""
        self.assertEqual(sorted(run["run_id"] for run in service.get("/backtests?limit=200").json()["runs"]), sorted(run_ids))
        service.stop()
        assert_sqlite_settled(self, service.directory, run_ids)

    def test_a_connection_that_breaks_or_stalls_anywhere_costs_an_attempt(self):
        proxy = Spoiler(tempfile.mkdtemp(dir=self.directory), self.cluster.directory)
        self.addCleanup(proxy.close)
        views = [self.view(f"{kind}_{number}", kind.split("_")[1]) for kind in ("spoilt_prices", "spoilt_signals") for number in range(10)]
        service = self.start(proxy.dsn("reader"), "broken", views)
        before = service.submit(self.config("market.spoilt_prices_0", "market.spoilt_signals_0"))
        self.assertEqual(service.wait_terminal(before)["status"], "completed", service.log_text()[-2000:])
        expected, run_ids, lasting = self.results(service, before), {before: 1}, {}
        # The connection's bytes from its first spoilt table on: of prices and of the signals after them, or of signals alone.
        whole = proxy.read["spoilt_prices_0"]
        alone = service.submit(self.config(signals="market.spoilt_signals_1"))
        self.assertEqual(self.results(service, service.wait_terminal(alone)["run_id"]), expected)
        run_ids[alone] = 1
        signals = proxy.read["spoilt_signals_1"]
        self.assertGreater(min(whole - signals, signals), 10_000, "both tables are copied")
        places = {}
        for number in range(1, 10):
            kind = "stall" if number % 3 == 0 else "cut"
            chosen = (0, 1, whole // 2, whole - 1)[number - 1] if number < 5 else self.random.randrange(whole)
            places[f"spoilt_prices_{number}"] = (kind, chosen)
        for number in range(2, 10):
            kind = "stall" if number % 3 == 0 else "cut"
            chosen = (0, signals // 2, signals - 1)[number - 2] if number < 5 else self.random.randrange(signals)
            places[f"spoilt_signals_{number}"] = (kind, chosen)
        for table, (kind, after) in places.items():
            # Of each table's last two the fault stays.
            lasts = table.endswith(("_8", "_9"))
            proxy.faults[table] = (kind, after, 99 if lasts else 1)
            named = {"prices" if "prices" in table else "signals": f"market.{table}"}
            run_id = service.submit(self.config(**named))
            run_ids[run_id] = 3 if lasts else 2
            if lasts:
                lasting[run_id] = table
        print(f"seed {SEED}: {places}, of {whole} and {signals} bytes", flush=True)
        for run_id, attempts in run_ids.items():
            record = service.wait_terminal(run_id, 120)
            self.assertEqual(record["attempts"], attempts, record)
            if run_id in lasting:
                self.check_failed(service, record, "market." + lasting[run_id], "market.signals")
                continue
            self.assertEqual(record["status"], "completed", record)
            self.assertEqual(self.results(service, run_id), expected)
        self.assertEqual({table: proxy.met[table] for table in places},
                         {table: 3 if table.endswith(("_8", "_9")) else 2 for table in places})
        self.settle(service, run_ids)

    def test_a_database_that_takes_no_connection(self):
        """Nobody listens; it has no room for the role; it hangs before it greets. Each ends, or lasts."""
        directory = pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        service = self.start(f"host={directory} dbname=postgres user=reader connect_timeout=2", "refused")
        refused = [service.submit(self.config()) for _ in range(2)]
        for run_id in refused:
            self.check_failed(service, service.wait_terminal(run_id, 60), "market.prices")
        run_ids = list(refused)

        def attempted(run_id):
            return wait_until(lambda: service.get(f"/backtests/{run_id}/status").json()["failed_attempts"] == 1,
                              what="an attempt that failed")

        run_ids.append(service.submit(self.config()))
        attempted(run_ids[-1])
        proxy = DatabaseProxy(directory, self.cluster.directory)
        self.addCleanup(proxy.close)
        self.assertEqual(service.wait_terminal(run_ids[-1])["status"], "completed")
        self.cluster.sql("alter role reader connection limit 0")
        run_ids.append(service.submit(self.config()))
        attempted(run_ids[-1])
        self.cluster.sql("alter role reader connection limit -1")
        proxy.silent = True
        run_ids.append(service.submit(self.config()))
        attempted(run_ids[-1])
        proxy.silent = False
        done = [service.wait_terminal(run_id) for run_id in run_ids[2:]]
        self.assertEqual([(record["status"], record["attempts"]) for record in done], [("completed", 2)] * 3, done)
        self.assertEqual(len({hashlib.sha256(str(self.results(service, run_id)).encode()).hexdigest() for run_id in run_ids[2:]}), 1)
        self.settle(service, run_ids)


if __name__ == "__main__":
    options = script.options(script.SEED)
    BINARY, SEED = options.binary, options.seed
    unittest.main(verbosity=2)
