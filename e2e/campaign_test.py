#!/usr/bin/env python3
# Alone: its faults are drawn at random, and its bounds are those of a machine that has nothing else to do.
"""A campaign of random faults over both stores, with submissions under way: processes and children killed and stopped,
the database crashed, its backends killed, its answers swallowed. The choices come from the seed that it prints.

`./dev faults` runs it with 200 rounds a store; `./dev test` with a few. The criteria are those of replicas.py; a run may
end as `poisoned` or `machine_fault`, since faults may take three attempts."""
import concurrent.futures
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import replicas
from campaign_faults import CampaignService, Disk, MachineFaults, MemoryWatch
from database_proxy import DatabaseProxy
from postgres_cluster import Cluster
from replicas import (DROP_SCHEMAS, assert_artifacts_match_their_manifest, assert_sqlite_settled, children_of, wait_until)
import script
from service import SANITIZED, Service, policy, write_market

ROUNDS, RUNS_A_ROUND = 12, 4
MEMORY_MB = 512  # BACKTEST_MEMORY_MB's default
LOOKED_AT = 100  # runs whose artifacts are compared with their manifests


@unittest.skipUnless(os.geteuid() == 0, "mounting and another user need root")
class Campaign(MachineFaults, unittest.TestCase):
    """Rounds of submissions, each with a fault in its middle. Where a submission was not answered it is sent again with
    its key, as a client would."""

    def setUp(self):
        self.chance = random.Random(replicas.SEED)
        self.acknowledged, self.counts = {}, {}
        self.disk = Disk()
        self.addCleanup(self.disk.remove)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        self.directory.chmod(0o777)
        self.prices = write_market(self.directory, bars=80, instruments=3)
        self.pool = concurrent.futures.ThreadPoolExecutor(4)
        self.started = []
        self.addCleanup(self.end_all)
        print(f"seed {replicas.SEED}, {ROUNDS} rounds of up to {RUNS_A_ROUND} runs", flush=True)

    def end_all(self):
        for process in self.started:
            if process.process and process.process.poll() is None:
                process.process.send_signal(signal.SIGCONT)
                process.kill()

    def service(self, command="serve", **environment):
        made = CampaignService(replicas.BINARY, directory=self.directory, command=command,
                               deaf=self.chance.random() < 0.3,
                               **{"BACKTEST_OUTPUT_DIR": str(self.disk.results), "BACKTEST_LEASE_SECONDS": "1",
                                  "BACKTEST_MIN_FREE_DISK_MB": "16", "BACKTEST_MAX_CONNECTIONS": "256", **environment})
        self.started.append(made)
        return made

    def submit_one(self, servers, key, tries):
        for server in (servers[which % len(servers)] for which in tries):
            try:
                reply = server.post("/backtests", {"config": policy(self.prices, name=key)}, timeout=20,
                                    headers={"Idempotency-Key": key})
            except OSError:
                continue
            if reply.status == 202:
                known = self.acknowledged.setdefault(key, reply.json()["run_id"])
                self.assertEqual(known, reply.json()["run_id"], "one key gave two runs")

    def submit_some(self, servers, round_number):
        """Some are acknowledged before the fault, some during it, and some are asked for once more."""
        return [self.pool.submit(self.submit_one, list(servers), f"round{round_number}-{i}",
                                 [self.chance.randrange(8) for _ in range(self.chance.choice((1, 1, 1, 2)))])
                for i in range(self.chance.randint(max(1, RUNS_A_ROUND // 2), RUNS_A_ROUND))]

    def fault(self, choices):
        name = self.chance.choices(list(choices), [weight for weight, _ in choices.values()])[0]
        if choices[name][1]() is False:
            name += " (there was none)"
        self.counts[name] = self.counts.get(name, 0) + 1

    def rounds(self, servers, choices, processes):
        """`servers` and what `processes()` gives change as they are replaced."""
        watch, start = MemoryWatch(processes), time.time()
        for round_number in range(ROUNDS):
            sent = self.submit_some(servers, round_number)
            time.sleep(self.chance.uniform(0.0, 0.3))
            self.fault(choices)
            for each in sent:
                each.result()
            self.check_no_exit(processes())
            if round_number % 25 == 24:
                print(f"round {round_number + 1}, {time.time() - start:.0f} s: {len(self.acknowledged)} acknowledged, "
                      f"at most {watch.largest_mb:.0f} MB", flush=True)
            self.let_the_queue_empty(servers)
        largest_mb = watch.stop()
        print(f"{len(self.acknowledged)} runs acknowledged in {time.time() - start:.0f} s; at most {largest_mb:.0f} MB; "
              f"faults: {self.counts}", flush=True)
        self.assertGreater(len(self.acknowledged), ROUNDS)
        if not SANITIZED:
            self.assertLess(largest_mb, MEMORY_MB)
        return list(self.acknowledged.values())

    def runs_in(self, server, *states):
        """How many runs are in these states; infinitely many where the store does not say."""
        counts = dict(line.split() for line in server.get("/metrics").body.decode().splitlines()
                      if line.startswith("backtest_runs{"))
        return sum(float(counts.get(f'backtest_runs{{status="{state}"}}', "inf")) for state in states)

    def let_the_queue_empty(self, servers):
        until = time.time() + 60
        while time.time() < until:
            try:
                if self.runs_in(servers[0], "queued") <= 2 * RUNS_A_ROUND:
                    return
            except OSError:
                pass
            time.sleep(0.05)

    def check_ends(self, server, ends):
        """`ends` is (status, error code) by run id, of every acknowledged run."""
        outcomes = {}
        for run_id in self.acknowledged.values():
            status, code = ends[run_id]
            self.assertTrue(status == "completed" or (status == "failed" and code in ("poisoned", "machine_fault")),
                            f"{run_id} {status} {code}")
            outcomes[code or status] = outcomes.get(code or status, 0) + 1
        completed = [run_id for run_id in self.acknowledged.values() if ends[run_id][0] == "completed"]
        for run_id in self.chance.sample(completed, min(LOOKED_AT, len(completed))):
            assert_artifacts_match_their_manifest(self, server, run_id)
        print(f"0 lost, 0 doubled: {outcomes}", flush=True)

    def kill_a_child(self, processes):
        order, until = self.chance.sample(processes, len(processes)), time.time() + 0.5
        while time.time() < until:
            for process in order:
                children = children_of(process.process.pid)  # attempts, and the process that they are copied from
                if not children:
                    continue
                try:
                    os.kill(self.chance.choice(children), signal.SIGKILL)
                    return True
                except ProcessLookupError:
                    continue
        return False

    def replace(self, processes, made):
        """kill -9 of one, and another in its place."""
        index = self.chance.randrange(len(processes))
        processes[index].kill()
        processes[index] = made().start()

    def pause(self, processes):
        process = self.chance.choice(processes)
        process.process.send_signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(1.1, 1.6))
        process.process.send_signal(signal.SIGCONT)

    def collect_garbage(self, process):
        done = subprocess.run([*process.prefix, replicas.BINARY, "gc"], capture_output=True, text=True, timeout=600,
                              env={**process.environment, "BACKTEST_GC_MIN_AGE_SECONDS": "0"})
        return None if done.returncode == 0 else False

    def hang_up(self, processes):
        for process in processes:
            process.process.send_signal(signal.SIGHUP)

    def check_no_exit(self, processes):
        for process in processes:
            self.assertIsNone(process.process.poll(), process.log_text()[-3000:])

    def faults_of_the_machine(self, servers, workers):
        return {
            "child killed": (4, lambda: self.kill_a_child(workers)),
            "worker stopped": (2, lambda: self.pause(workers)),
            "output away": (2, self.take_output_away),
            "output read-only": (2, self.read_only),
            "disk full": (2, self.fill_the_disk),
            "no threads": (2, lambda: self.no_threads(workers)),
            "connections hang": (2, lambda: self.hanging_connections(servers)),
            "garbage collected": (2, lambda: self.collect_garbage(servers[0])),
            "hang-up": (1, lambda: self.hang_up([*servers, *workers])),
        }


class OverPostgres(Campaign):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.stop)

    def store(self, **environment):
        return {"BACKTEST_RUN_STORE_MODE": "postgres", "BACKTEST_POSTGRES_DSN": self.cluster.dsn(),
                "BACKTEST_OUTPUT_SHARED": "true", **environment}

    def swallow(self):
        self.proxy.silent = True
        time.sleep(self.chance.uniform(0.3, 2.5))
        self.proxy.silent = False

    def kill_a_backend(self):
        try:
            pids = self.cluster.sql("select pid from pg_stat_activity where application_name = 'backtest'").split()
            os.kill(int(self.chance.choice(pids)), signal.SIGKILL)
        except (AssertionError, IndexError, ProcessLookupError):
            pass  # the server restarts, or that backend has ended

    def terminate_backends(self):
        try:
            self.cluster.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'backtest'")
        except AssertionError:
            pass

    def test_random_faults(self):
        self.cluster.sql(DROP_SCHEMAS)
        up = subprocess.run([replicas.BINARY, "migrate", "up"], env={**self.service(**self.store()).environment},
                            capture_output=True, text=True)
        self.assertEqual(up.returncode, 0, up.stdout + up.stderr)
        self.proxy = DatabaseProxy(self.directory / "proxy", self.cluster.directory)
        (self.directory / "proxy" / ".s.PGSQL.5432").chmod(0o777)
        self.addCleanup(self.proxy.close)
        through = {"BACKTEST_POSTGRES_DSN": self.proxy.dsn()}

        def api(**environment):
            return self.service(**self.store(BACKTEST_MAX_CONCURRENT="0", **environment))

        def worker(**environment):
            return self.service("worker", **self.store(**environment))

        def one_of_both(make):
            return lambda: make(**(through if self.chance.random() < 0.5 else {}))
        apis = [api().start(), api(**through).start()]
        workers = [worker().start(), worker(**through).start(), worker().start()]
        choices = {
            **self.faults_of_the_machine(apis, workers),
            "worker killed": (4, lambda: self.replace(workers, one_of_both(worker))),
            "API killed": (2, lambda: self.replace(apis, one_of_both(api))),
            "answers swallowed": (2, self.swallow),
            "backends terminated": (2, self.terminate_backends),
            "backend killed": (1, self.kill_a_backend),
            "postmaster killed": (1, self.cluster.kill_and_start),
        }
        self.rounds(apis, choices, lambda: [*apis, *workers])
        for each in apis:
            each.wait_ready(seconds=60)
        wait_until(lambda: self.cluster.sql(
            "select 1 where not exists (select from backtest.run_queue) and not exists (select from backtest.run_leases) "
            "and not exists (select from backtest.runs where status in ('queued', 'running'))"), 180, "rest")
        self.assertEqual(self.cluster.sql("select * from backtest.audit_runs()"), "")
        doubled = "select idempotency_key from backtest.runs group by 1 having count(*) > 1"
        self.assertEqual(self.cluster.sql(doubled), "")
        self.check_ends(apis[0], self.ends())
        for process in (*workers, *apis):
            process.stop()

    def ends(self):
        rows = json.loads(self.cluster.sql(
            "select coalesce(json_agg(x), '[]') from (select run_id, status, error_code, artifact_prefix, "
            "lease_epoch || '-' || replace(lease_token::text, '-', '') as lease, "
            "(select count(*) from backtest.run_events e where e.run_id = r.run_id and e.state in "
            "('completed', 'failed', 'cancelled')) as ends from backtest.run_records r) x"))
        for row in rows:
            self.assertEqual(row["ends"], 1, row)
            if row["status"] == "completed":
                self.assertTrue(row["artifact_prefix"].endswith(row["lease"]), row)
        return {row["run_id"]: (row["status"], row["error_code"]) for row in rows}


class OverSqlite(Campaign):
    def test_random_faults(self):
        file = self.directory / "runs.sqlite3"

        def server():
            return self.service(BACKTEST_DB_PATH=str(file))
        servers = [server().start() for _ in range(2)]
        choices = {
            **self.faults_of_the_machine(servers, servers),
            "server killed": (6, lambda: self.replace(servers, server)),
            "store moved": (3, lambda: self.move_the_store(file)),
        }
        run_ids = self.rounds(servers, choices, lambda: servers)
        for each in servers:
            each.wait_ready(seconds=60)
        wait_until(lambda: self.runs_in(servers[0], "queued", "running") == 0, 180, "rest")
        with sqlite3.connect(file, timeout=30) as database:
            rows = database.execute("select run_id, status, error_code from run_records").fetchall()
            doubled = database.execute("select idempotency_key from idempotency_keys group by 1 having count(*) > 1")
            self.assertEqual(doubled.fetchall(), [])
        self.check_ends(servers[0], {run_id: (status, code) for run_id, status, code in rows})
        for process in servers:
            process.stop()
        assert_sqlite_settled(self, self.directory, run_ids)


if __name__ == "__main__":
    options = script.options(script.SEED, ("--rounds", {"type": int, "default": ROUNDS}),
                             ("--runs", {"type": int, "default": RUNS_A_ROUND, "help": "at most, a round"}))
    replicas.BINARY, replicas.SEED, ROUNDS, RUNS_A_ROUND = options.binary, options.seed, options.rounds, options.runs
    unittest.main(verbosity=2)
