"""Replicas of the service on a private PostgreSQL, with what every fault must leave behind.

Pass criteria of each fault, whatever it was (assert_settled):
- every acknowledged run is completed, or failed as `poisoned` or `machine_fault` where the fault may take three attempts;
- its history has exactly one final state, and the last lease is the one whose artifacts are shown;
- the manifest's hash is the record's, and each artifact's hash is the manifest's;
- nothing is left in the queue or leased, and backtest.audit_runs() finds nothing."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from postgres_cluster import Cluster
import script
from service import Service, policy, write_market

BINARY, SEED = None, 0

DROP_SCHEMAS = ("drop schema if exists backtest cascade; drop schema if exists core cascade; "
                "drop schema if exists ranking cascade; drop table if exists public.schema_migrations")


def children_of(pid):
    """Fast, so that a child that lives for 20 ms is seen."""
    found = []
    for listed in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in listed.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def children_by_command(pid, command):
    """Those of its children that are `backtest COMMAND`."""
    found = []
    for child in children_of(pid):
        try:
            if pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1:2] == [command.encode()]:
                found.append(child)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def attempts_of(pid):
    """Those of its children that execute a run."""
    return children_by_command(pid, "attempt")


def slow_market(directory):
    """Prices of which a run takes a good part of a second: those of a few bars are over within two looks of a test."""
    return write_market(directory, bars=4000, instruments=60)


def hold_a_child(process):
    """Stops a run of this worker in its middle: one of slow_market(). Not before it is a program of its own: until then
    its parent waits for it."""
    def stopped():
        for child in attempts_of(process.process.pid):
            try:
                os.kill(child, signal.SIGSTOP)
                return child
            except ProcessLookupError:
                continue
    return wait_until(stopped, what="a child")


def kill_with_its_disk(process):
    """kill -9, and nothing of its output directory is left. Its children are killed with it, but a call that one of them
    is in still ends, and may make a file where everything was removed."""
    process.kill(signal.SIGKILL)
    disk = pathlib.Path(process.environment["BACKTEST_OUTPUT_DIR"])

    def gone():
        shutil.rmtree(disk, ignore_errors=True)
        return not disk.exists()
    wait_until(gone, what=f"{disk} to be gone")


def wait_until(condition, seconds=30, what="it"):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come true in {seconds} s")


def assert_artifacts_match_their_manifest(case, server, run_id, manifest_sha256=None):
    manifest = server.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json")
    case.assertEqual(manifest.status, 200, run_id)
    if manifest_sha256 is not None:
        case.assertEqual(hashlib.sha256(manifest.body).hexdigest(), manifest_sha256, run_id)
    for entry in manifest.json()["files"]:
        body = server.get(f"/backtests/{run_id}/artifacts/{entry['name']}").body
        case.assertEqual(hashlib.sha256(body).hexdigest(), entry["sha256"], f"{run_id} {entry['name']}")


def assert_sqlite_settled(case, directory, run_ids):
    """In the embedded store of a stopped service: one final state for each run, nothing queued or leased."""
    beside = directory / "runs.sqlite3"
    database = sqlite3.connect(beside if beside.exists() else directory / "results" / "runs.sqlite3")
    case.addCleanup(database.close)
    ends = dict(database.execute(
        "select r.run_id, count(*) from run_records r join run_events e on e.run = r.id "
        "where e.status in ('completed', 'failed', 'cancelled') group by r.run_id"))
    case.assertEqual([run_id for run_id in run_ids if ends.get(run_id) != 1], [])
    case.assertEqual(database.execute("select count(*) from run_records").fetchone()[0], len(ends))
    case.assertEqual(database.execute(
        "select run_id from run_records r where not exists "
        "(select 1 from audit_events a where a.run_id = r.run_id and a.action = 'submit')").fetchall(), [])
    for table in ("run_queue", "run_leases"):
        case.assertEqual(database.execute(f"select count(*) from {table}").fetchone()[0], 0, table)


class Submissions:
    """Submits in the background until stopped, each with an Idempotency-Key, and keeps what was acknowledged."""

    def __init__(self, server, prices, name, every=0.05, **changes):
        self.changes = changes  # of the config
        self.server, self.prices, self.name, self.every = server, prices, name, every
        self.acknowledged, self.refused, self.silent = [], [], 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)  # a test that fails does not stop it
        self.thread.start()

    def run(self):
        number = 0
        while not self.stopping.wait(self.every):
            number += 1
            config = policy(self.prices, name=f"{self.name}{number}", **self.changes)
            try:
                reply = self.server.post("/backtests", {"config": config}, timeout=60,
                                         headers={"Idempotency-Key": f"{self.name}-{number}"})
            except OSError:
                self.silent += 1
                continue
            if reply.status == 202:
                self.acknowledged.append(reply.json()["run_id"])
            else:
                self.refused.append(reply)

    def stop(self):
        self.stopping.set()
        self.thread.join(timeout=90)
        return self.acknowledged


class ReplicasCase(unittest.TestCase):
    @classmethod
    def make_cluster(cls):
        return Cluster()

    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.make_cluster()

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.processes = []
        self.cluster.sql(DROP_SCHEMAS)
        self.directory = Service(BINARY).directory
        self.prices = write_market(self.directory)

    def tearDown(self):
        for process in self.processes:
            if process.process and process.process.poll() is None:
                process.process.send_signal(signal.SIGCONT)
                process.kill()

    def service(self, command="serve", **environment):
        made = Service(BINARY, directory=self.directory, command=command,
                       **{"BACKTEST_RUN_STORE_MODE": "postgres", "BACKTEST_POSTGRES_DSN": self.cluster.dsn(),
                          "BACKTEST_OUTPUT_SHARED": "true", "BACKTEST_LEASE_SECONDS": "1", **environment})
        self.processes.append(made)
        return made

    def api(self, **environment):
        """A replica without workers."""
        return self.service(**{"BACKTEST_MAX_CONCURRENT": "0", **environment})

    def worker(self, **environment):
        return self.service("worker", **environment)

    def migrate(self, *arguments):
        return subprocess.run([BINARY, "migrate", *arguments], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], "BACKTEST_RUN_STORE_MODE": "postgres",
                                   "BACKTEST_POSTGRES_DSN": self.cluster.dsn(), "HOME": str(self.directory),
                                   "BACKTEST_OUTPUT_DIR": str(self.directory / "results")})

    def migrated(self):
        done = self.migrate("up")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_settled(self, server, run_ids, may_fail=False, seconds=120):
        for run_id in run_ids:
            record = server.wait_terminal(run_id, seconds=seconds)
            if may_fail and record["status"] == "failed":
                self.assertIn(record["error_code"], ("poisoned", "machine_fault"), record)
                continue
            self.assertEqual(record["status"], "completed", record)
        rows = json.loads(self.cluster.sql(
            "select coalesce(json_agg(x), '[]') from (select run_id, status, artifact_prefix, manifest_sha256, "
            "lease_epoch || '-' || replace(lease_token::text, '-', '') as lease, "
            "(select count(*) from backtest.run_events e where e.run_id = r.run_id and e.state in "
            "('completed', 'failed', 'cancelled')) as ends from backtest.run_records r) x"))
        known = {row["run_id"]: row for row in rows}
        self.assertEqual(set(run_ids) - set(known), set(), "acknowledged runs that are gone")
        for run_id in run_ids:
            row = known[run_id]
            self.assertEqual(row["ends"], 1, row)
            if row["status"] == "completed":
                self.assertTrue(row["artifact_prefix"].endswith(row["lease"]), row)
                assert_artifacts_match_their_manifest(self, server, run_id, row["manifest_sha256"])
        # Runs that nobody was told of end, too.
        wait_until(lambda: self.cluster.sql(
            "select 1 where not exists (select from backtest.run_queue) and not exists (select from backtest.run_leases) "
            "and not exists (select from backtest.runs where status in ('queued', 'running'))"), seconds, "rest")
        self.assertEqual(self.cluster.sql("select * from backtest.audit_runs()"), "")


def main():
    """Runs the tests of the script that calls it, on --binary and with --seed."""
    global BINARY, SEED
    options = script.options(script.SEED)
    BINARY, SEED = options.binary, options.seed
    unittest.main(verbosity=2)
