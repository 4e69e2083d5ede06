#!/usr/bin/env python3
"""Prices and signals from PostgreSQL through the whole service: the loader has the way in, the run's process has not."""
import json
import pathlib
import subprocess
import tempfile
import time
import unittest

import service
from postgres_cluster import Cluster
import script
from service import Service, policy, write_market

BINARY = None
CANARY = "canary-of-the-data-database"


def load_prices(cluster, path, table="market.prices"):
    cluster.sql("create schema if not exists market")
    cluster.sql(f"create table {table} (date date, symbol text, open float8, high float8, low float8, close float8,"
                " volume float8)")
    done = subprocess.run(["psql", "-XAtq", cluster.dsn(), "-c", f"\\copy {table} from '{path}' csv header"],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class PostgresData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-postgres-data-"))
        cls.prices = write_market(cls.directory)
        load_prices(cls.cluster, cls.prices)
        environment = {"BACKTEST_MIGRATE_DSN": cls.cluster.dsn(), "PATH": "/usr/bin:/bin"}
        subprocess.run([BINARY, "migrate", "up"], env=environment, check=True, capture_output=True)
        cls.cluster.sql(f"create role reader login password '{CANARY}' in role backtest_data;"
                        "grant usage on schema market to backtest_data; grant select on market.prices to backtest_data;"
                        "create table market.secret as select * from market.prices;"
                        "insert into ranking.composite_signal_daily select date, to_char(date, 'YYYY-MM'), symbol,"
                        " rank() over (partition by date order by close) / 6.0, 1, 1, 1 from market.prices")
        cls.dsn = cls.cluster.dsn("reader") + f" password={CANARY}"

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.service = None

    def tearDown(self):
        if self.service and self.service.process and self.service.process.poll() is None:
            self.service.kill()

    def start(self, **settings):
        self.service = Service(BINARY, **{
            "BACKTEST_DATA_POSTGRES_DSN": self.dsn, "BACKTEST_ALLOWED_DATA_DIRS": str(self.directory),
            "BACKTEST_ALLOWED_SQL_TABLES": "market.prices,ranking.composite_signal_daily", **settings})
        return self.service.start()

    def config(self, **changes):
        return policy("", data={"price_source": "postgres", "price_path": "market.prices"}, **changes)

    def test_a_run_over_a_table_is_the_run_over_the_same_file(self):
        s = self.start()
        from_table = s.wait_terminal(s.submit(self.config()))
        self.assertEqual(from_table["status"], "completed", from_table)
        from_file = s.wait_terminal(s.submit(policy(str(self.prices))))
        self.assertEqual(from_file["status"], "completed", from_file)
        summaries = [s.get(f"/backtests/{record['run_id']}/summary").json() for record in (from_table, from_file)]
        self.assertEqual(summaries[0]["result_sha256"], summaries[1]["result_sha256"])

    def test_signals_of_the_ranking_table_are_read_by_default(self):
        s = self.start()
        strategy = {"class": "TopNSignalStrategy", "parameters": {"signal_column": "composite_percentile", "top_n": 2}}
        config = policy(str(self.prices), strategy=strategy)
        config["data"]["signal_source"] = "postgres"
        record = s.wait_terminal(s.submit(config))
        self.assertEqual(record["status"], "completed", record)
        self.assertGreater(s.get(f"/backtests/{record['run_id']}/summary").json()["trades"], 0)

    def test_what_is_not_allowed_is_refused_at_submission(self):
        s = self.start()
        for table in ("market.secret", "pg_catalog.pg_authid", "market.prices; select 1"):
            config = self.config()
            config["data"]["price_path"] = table
            reply = s.post("/backtests", {"config": config})
            self.assertEqual(reply.status, 400, table)
            self.assertNotIn(CANARY, reply.body.decode())

    def test_a_service_without_a_database_of_data_says_so(self):
        self.service = Service(BINARY)
        s = self.service.start()
        reply = s.post("/backtests", {"config": self.config()})
        self.assertEqual(reply.status, 400)
        self.assertIn("BACKTEST_DATA_POSTGRES_DSN", reply.body.decode())

    def test_what_the_database_refuses_fails_the_run_with_the_reason(self):
        s = self.start(BACKTEST_ALLOWED_SQL_TABLES="market.prices,market.secret")
        config = self.config()
        config["data"]["price_path"] = "market.secret"
        record = s.wait_terminal(s.submit(config))
        self.assertEqual(record["status"], "failed", record)
        self.assertIn("permission denied", json.dumps(record))
        self.assertNotIn(CANARY, json.dumps(record))

    def test_no_secret_is_in_the_environment_or_arguments_of_any_child(self):
        """The table is locked, so that the loader waits while its process is looked at."""
        s = self.start()
        lock = subprocess.Popen(["psql", "-XAtq", self.cluster.dsn()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        lock.stdin.write("begin; lock table market.prices in access exclusive mode; select 'locked';\n")
        lock.stdin.flush()
        self.assertEqual(lock.stdout.readline().strip(), "locked")
        try:
            run_id = s.submit(self.config())
            children = []
            deadline = time.monotonic() + 20
            while not children and time.monotonic() < deadline:
                time.sleep(0.05)
                found = subprocess.run(["pgrep", "-P", str(s.process.pid)], capture_output=True, text=True)
                children = [pid for pid in found.stdout.split()
                            if b"\0load\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
            self.assertTrue(children, "the loader runs")
            for pid in children:
                for file in ("environ", "cmdline"):
                    self.assertNotIn(CANARY.encode(), pathlib.Path(f"/proc/{pid}/{file}").read_bytes(), file)
            s.post(f"/backtests/{run_id}/cancel")
            self.assertEqual(s.wait_terminal(run_id)["status"], "cancelled")
        finally:
            lock.stdin.close()
            lock.wait()
            lock.stdout.close()

    def test_a_database_that_restarts_costs_an_attempt_and_no_run(self):
        s = self.start(BACKTEST_LEASE_SECONDS="2")
        self.cluster.run("pg_ctl", "-D", self.cluster.data, "-w", "-s", "-m", "immediate", "stop")
        run_id = s.submit(self.config())
        time.sleep(1)
        self.cluster.start()
        self.assertEqual(s.wait_terminal(run_id)["status"], "completed")


if __name__ == "__main__":
    BINARY = script.options().binary
    unittest.main(verbosity=2)
