#!/usr/bin/env python3
"""`backtest gc`: what is past BACKTEST_RETENTION_DAYS goes with its rows, events and artifacts, and nothing newer, also
when the process is killed at any point and started again."""
import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import time

import replicas
from database_proxy import DatabaseProxy
from replicas import ReplicasCase, assert_artifacts_match_their_manifest
from service import Service, policy

RUNS, DAYS = 24, 5


class Retention:
    """On a server with finished runs, of which every second is made older than the horizon."""

    def finished_runs(self, server):
        run_ids = [server.submit(policy(self.prices, name=f"g{i}")) for i in range(RUNS)]
        # One that fails and one that is cancelled have rows and events, too.
        broken = server.submit(policy(self.prices, name="broken", start_date="2031-01-01"))
        for run_id in (*run_ids, broken):
            server.wait_terminal(run_id)
        old = [*run_ids[::2], broken]
        for run_id in old:
            self.make_older(run_id, DAYS + 1)
        for run_id in run_ids[1::2]:
            self.make_older(run_id, DAYS - 1)
        return old, run_ids[1::2]

    def gc(self, **environment):
        made = self.service(BACKTEST_RETENTION_DAYS=str(DAYS), BACKTEST_GC_MIN_AGE_SECONDS="0", **environment)
        return subprocess.Popen([replicas.BINARY, "gc"], env=made.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        return out

    def results(self):
        return {path.name for path in (self.directory / "results").iterdir()
                if path.is_dir() and not path.name.startswith(".")}

    def check_between(self, server, old, new):
        """Whatever still has a record is whole. Nothing removes meanwhile, so that files are compared where they lie."""
        shown = {run["run_id"]: run["status"] for run in server.get("/backtests?limit=200").json()["runs"]}
        self.assertEqual(set(new) - set(shown), set())
        self.assertEqual(set(shown) - {*old, *new}, set())
        for run_id, status in shown.items():
            if status == "completed":
                self.check_files(run_id)

    def check_files(self, run_id):
        manifest, = (self.directory / "results" / run_id).glob("attempts/*/artifacts_manifest.json")
        for entry in json.loads(manifest.read_text())["files"]:
            found = hashlib.sha256((manifest.parent / entry["name"]).read_bytes()).hexdigest()
            self.assertEqual(found, entry["sha256"], f"{run_id} {entry['name']}")

    def check_end(self, server, new):
        self.assertEqual(self.results(), set(new))
        self.assertEqual({run["run_id"] for run in server.get("/backtests?limit=200").json()["runs"]}, set(new))
        for run_id in new:
            assert_artifacts_match_their_manifest(self, server, run_id)
        self.assertEqual(self.orphans(), [])

    def test_what_is_past_retention_goes_and_nothing_newer(self):
        server = self.server()
        old, new = self.finished_runs(server)
        out = self.finish(self.gc())
        self.assertIn(f"removed {len(old)} runs past retention", out)
        self.check_end(server, new)
        self.assertIn("removed 0 runs past retention and 0 lost attempts", self.finish(self.gc()))

    def test_killed_and_run_again(self):
        print(f"seed {replicas.SEED}", flush=True)
        chance = random.Random(replicas.SEED)
        server = self.server()
        old, new = self.finished_runs(server)
        killed = 0
        for _ in range(40):
            process = self.gc()
            time.sleep(chance.uniform(0.005, 0.06))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            self.check_between(server, old, new)
        self.assertGreater(killed, 0)
        self.finish(self.gc())
        self.check_end(server, new)

    def test_remains_of_a_removal_are_collected(self):
        server = self.server()
        _, new = self.finished_runs(server)
        self.finish(self.gc())
        results = self.directory / "results"
        for name in ("GONE1", "GONE2/attempts", "GONE3/attempts/1-" + 32 * "a"):
            (results / name).mkdir(parents=True)
        (results / "GONE3" / "attempts" / ("1-" + 32 * "a") / "trades.csv").write_text("x")
        # The files of GONE3 are dead because a removal noted it before it died: that alone proves it.
        self.assertIn("kept the files of 1 runs", self.finish(self.gc()))
        (results / ".condemned").mkdir(exist_ok=True)
        (results / ".condemned" / "GONE3").touch()
        (results / "somebody's").mkdir()
        (results / "other").mkdir()
        (results / "other" / "notes.txt").write_text("not of the service")
        self.finish(self.gc())
        (results / "other" / "notes.txt").unlink()
        (results / "other").rmdir()
        (results / "somebody's").rmdir()
        self.check_end(server, new)


class PostgresRetention(Retention, ReplicasCase):
    def server(self):
        self.migrated()
        return self.service(BACKTEST_LEASE_SECONDS="10").start()

    def make_older(self, run_id, days):
        self.cluster.sql(f"update backtest.runs set completed_at = completed_at - interval '{days} days' "
                         f"where run_id = '{run_id}'")

    def orphans(self):
        tables = self.cluster.sql("select table_name from information_schema.columns join information_schema.tables "
                                  "using (table_schema, table_name) where table_schema = 'backtest' "
                                  "and column_name = 'run_id' and table_type = 'BASE TABLE'").split()
        self.assertIn("runs", tables)
        tables.remove("audit_events")  # which tell of runs past their removal
        return [(table, row) for table in tables for row in self.cluster.sql(
            f"select run_id from backtest.{table} where run_id not in (select run_id from backtest.runs)").split()]

    def test_killed_between_record_and_artifacts(self):
        server = self.server()
        old, new = self.finished_runs(server)
        proxy = DatabaseProxy(self.directory / "of-gc", self.cluster.directory)
        self.addCleanup(proxy.close)
        for run_id in old[:-1]:  # a failed attempt leaves no files
            self.assertIn(run_id, self.results())
        proxy.hold_reply("commit")
        process = self.gc(BACKTEST_POSTGRES_DSN=proxy.dsn())
        self.assertTrue(proxy.caught.wait(20))
        process.kill()
        process.communicate()
        gone = [run_id for run_id in old if server.get(f"/backtests/{run_id}").status == 404]
        self.assertEqual(len(gone), 1)
        self.assertIn(gone[0], self.results())
        self.assertEqual(self.orphans(), [])
        self.finish(self.gc())
        self.check_end(server, new)


class SqliteRetention(Retention, ReplicasCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = None

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.processes = []
        self.directory = Service(replicas.BINARY).directory
        self.prices = replicas.write_market(self.directory)

    def service(self, **environment):
        made = Service(replicas.BINARY, directory=self.directory, **environment)
        self.processes.append(made)
        return made

    def server(self):
        return self.service().start()

    def database(self):
        return sqlite3.connect(self.directory / "results" / "runs.sqlite3", timeout=30)

    def make_older(self, run_id, days):
        with self.database() as database:
            database.execute("update run_records set completed_at = completed_at - ? where run_id = ?",
                             (days * 86_400_000_000, run_id))

    def orphans(self):
        database = self.database()
        tables = [name for name, in database.execute("select name from sqlite_schema where type = 'table'")]
        found = []
        for table in tables:
            columns = [row[1] for row in database.execute(f"pragma table_info('{table}')")]
            if "run" in columns:
                found += [(table, row[0]) for row in database.execute(
                    f"select run from {table} where run not in (select id from run_records)")]
        self.assertIn("run_events", tables)
        return found


if __name__ == "__main__":
    replicas.main()
