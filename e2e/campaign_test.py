#!/usr/bin/env python3
"""A campaign of random faults over both stores, with submissions under way: processes and children killed and stopped,
the database crashed, its backends killed, its answers swallowed. The choices come from the seed that it prints.

`./dev faults` runs it with 200 rounds a store; `./dev test` with a few. The criteria are those of replicas.py; a run may
end as `poisoned` or `machine_fault`, since faults may take three attempts."""
import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

import replicas
from database_proxy import DatabaseProxy
from replicas import ReplicasCase, assert_artifacts_match_their_manifest, assert_sqlite_settled, children_of
from service import Service, policy, write_market

ROUNDS = 12


class Campaign:
    """Rounds of submissions, each with a fault in its middle. Where a submission was not answered it is sent again with
    its key, as a client would."""

    def begin(self):
        self.chance = random.Random(replicas.SEED)
        self.acknowledged, self.counts = {}, {}
        print(f"seed {replicas.SEED}, {ROUNDS} rounds", flush=True)

    def submit_some(self, servers, round_number):
        for i in range(self.chance.randint(1, 4)):
            key = f"round{round_number}-{i}"
            server = self.chance.choice(servers)
            for _ in range(self.chance.randint(1, 2)):
                try:
                    reply = server.post("/backtests", {"config": policy(self.prices, name=key)}, timeout=20,
                                        headers={"Idempotency-Key": key})
                except OSError:
                    continue
                if reply.status == 202:
                    known = self.acknowledged.setdefault(key, reply.json()["run_id"])
                    self.assertEqual(known, reply.json()["run_id"], "one key gave two runs")

    def fault(self, choices):
        name = self.chance.choices(list(choices), [weight for weight, _ in choices.values()])[0]
        if choices[name][1]() is False:
            name += " (there was none)"
        self.counts[name] = self.counts.get(name, 0) + 1

    def kill_a_child(self, processes):
        order, until = self.chance.sample(processes, len(processes)), time.time() + 0.5
        while time.time() < until:
            for process in order:
                for child in children_of(process.process.pid)[:1]:
                    try:
                        os.kill(child, signal.SIGKILL)
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

    def closing(self):
        print(f"{len(self.acknowledged)} runs acknowledged; faults: {self.counts}", flush=True)
        self.assertGreater(len(self.acknowledged), ROUNDS)
        return list(self.acknowledged.values())


    def take_output_away(self):
        """Renamed, and back in its place: what was queued waits, what was running is run again."""
        away = self.directory / "away"
        (self.directory / "results").rename(away)
        time.sleep(self.chance.uniform(0.2, 2.0))
        away.rename(self.directory / "results")

    def collect_garbage(self, process):
        done = subprocess.run([replicas.BINARY, "gc"], env={**process.environment, "BACKTEST_GC_MIN_AGE_SECONDS": "0"},
                              capture_output=True, text=True, timeout=60)
        return None if done.returncode == 0 else False

    def hang_up(self, processes):
        for process in processes:
            process.process.send_signal(signal.SIGHUP)

    def check_no_exit(self, processes):
        for process in processes:
            self.assertIsNone(process.process.poll(), process.log_text()[-3000:])


class OverPostgres(Campaign, ReplicasCase):
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
        self.migrated()
        self.begin()
        self.proxy = DatabaseProxy(self.directory / "proxy", self.cluster.directory)
        self.addCleanup(self.proxy.close)
        through = {"BACKTEST_POSTGRES_DSN": self.proxy.dsn()}
        apis = [self.api().start(), self.api(**through).start()]
        workers = [self.worker().start(), self.worker(**through).start(), self.worker().start()]
        choices = {
            "child killed": (4, lambda: self.kill_a_child(workers)),
            "worker killed": (4, lambda: self.replace(workers, lambda: self.worker(
                **(through if self.chance.random() < 0.5 else {})))),
            "API killed": (2, lambda: self.replace(apis, lambda: self.api(
                **(through if self.chance.random() < 0.5 else {})))),
            "worker stopped": (2, lambda: self.pause(workers)),
            "answers swallowed": (2, self.swallow),
            "backends terminated": (2, self.terminate_backends),
            "backend killed": (1, self.kill_a_backend),
            "postmaster killed": (1, self.cluster.kill_and_start),
            "output away": (2, self.take_output_away),
            "garbage collected": (2, lambda: self.collect_garbage(apis[0])),
            "hang-up": (1, lambda: self.hang_up([*apis, *workers])),
        }
        for round_number in range(ROUNDS):
            self.submit_some(apis, round_number)
            time.sleep(self.chance.uniform(0.0, 0.3))
            self.fault(choices)
        self.check_no_exit([*apis, *workers])
        for api in apis:
            api.wait_ready(seconds=60)
        self.assert_settled(apis[0], self.closing(), may_fail=True, seconds=180)
        doubled = "select idempotency_key from backtest.runs group by 1 having count(*) > 1"
        self.assertEqual(self.cluster.sql(doubled), "")
        for process in (*workers, *apis):
            process.stop()


class OverSqlite(Campaign, unittest.TestCase):
    def test_random_faults(self):
        self.begin()
        self.directory = Service(replicas.BINARY).directory
        self.prices = write_market(self.directory)

        def server():
            return Service(replicas.BINARY, directory=self.directory, BACKTEST_LEASE_SECONDS="1",
                           BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        servers = [server().start() for _ in range(2)]
        self.addCleanup(lambda: [s.process.poll() is None and (s.process.send_signal(signal.SIGCONT), s.kill())
                                 for s in servers])
        choices = {
            "child killed": (4, lambda: self.kill_a_child(servers)),
            "server killed": (5, lambda: self.replace(servers, server)),
            "server stopped": (1, lambda: self.pause(servers)),
            "output away": (2, self.take_output_away),
            "garbage collected": (2, lambda: self.collect_garbage(servers[0])),
            "hang-up": (1, lambda: self.hang_up(servers)),
        }
        for round_number in range(ROUNDS):
            self.submit_some(servers, round_number)
            time.sleep(self.chance.uniform(0.0, 0.3))
            self.fault(choices)
        self.check_no_exit(servers)
        run_ids = self.closing()
        for run_id in run_ids:
            record = servers[0].wait_terminal(run_id, seconds=180)
            if record["status"] == "failed":
                self.assertIn(record["error_code"], ("poisoned", "machine_fault"), record)
            else:
                self.assertEqual(record["status"], "completed", record)
                assert_artifacts_match_their_manifest(self, servers[0], run_id)
        for process in servers:
            process.stop()
        assert_sqlite_settled(self, self.directory, run_ids)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randint(1, 1 << 30))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments, rest = parser.parse_known_args()
    replicas.BINARY, replicas.SEED = str(pathlib.Path(arguments.binary).resolve()), arguments.seed
    ROUNDS = arguments.rounds
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
