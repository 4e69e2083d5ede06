#!/usr/bin/env python3
"""Several replicas and workers on one PostgreSQL, with real processes killed, stopped and restarted."""
import random
import signal
import time

import replicas
from replicas import assert_artifacts_match_their_manifest
from service import policy

class Postgres(replicas.ReplicasCase):
    def test_two_apis_and_two_workers_share_the_work(self):
        self.migrated()
        apis = [self.service(BACKTEST_MAX_CONCURRENT="0").start() for _ in range(2)]
        workers = [self.service("worker").start() for _ in range(2)]
        run_ids = [apis[i % 2].submit(policy(self.prices, name=f"r{i}")) for i in range(12)]
        for i, run_id in enumerate(run_ids):
            record = apis[(i + 1) % 2].wait_terminal(run_id)
            self.assertEqual(record["status"], "completed", record)
            assert_artifacts_match_their_manifest(self, apis[i % 2], run_id)
        metrics = apis[0].get("/metrics").body.decode()
        self.assertIn("backtest_run_inconsistencies 0", metrics)
        for process in (*workers, *apis):
            process.stop()

    def test_readiness_waits_for_the_schema_and_recovers_by_itself(self):
        api = self.service().start(wait_ready=False)
        deadline = time.time() + 10
        while time.time() < deadline:
            try:
                if api.get("/healthz").status == 200:
                    break
            except OSError:
                time.sleep(0.05)
        self.assertEqual(api.get("/readyz").status, 503)
        self.migrated()
        api.wait_ready()
        self.assertEqual(api.wait_terminal(api.submit(policy(self.prices)))["status"], "completed")

    def test_a_missing_or_malformed_dsn_fails_fast(self):
        for dsn in (None, "host=x bad'"):
            service = self.service()
            service.environment.pop("BACKTEST_POSTGRES_DSN")
            if dsn:
                service.environment["BACKTEST_POSTGRES_DSN"] = dsn
            start = time.time()
            service.start(wait_ready=False)
            self.assertEqual(service.process.wait(timeout=10), 2)
            self.assertLess(time.time() - start, 2.0)
            self.assertIn("BACKTEST_POSTGRES_DSN", service.log_text())

    def test_an_unshared_output_directory_allows_one_replica(self):
        self.migrated()
        self.service(BACKTEST_OUTPUT_SHARED="false").start()
        second = self.service(BACKTEST_OUTPUT_SHARED="false").start(wait_ready=False)
        self.assertEqual(second.process.wait(timeout=10), 2)
        self.assertIn("BACKTEST_OUTPUT_SHARED", second.log_text())

    def test_killed_and_stopped_workers_lose_and_double_nothing(self):
        self.migrated()
        chance = random.Random(replicas.SEED)
        print(f"seed {replicas.SEED}", flush=True)
        api = self.service(BACKTEST_MAX_CONCURRENT="0").start()
        workers = [self.service("worker").start() for _ in range(3)]
        run_ids = []
        for i in range(30):
            run_ids.append(api.submit(policy(self.prices, name=f"k{i}")))
            time.sleep(chance.uniform(0.0, 0.1))
            victim = chance.choice(workers)
            roll = chance.random()
            if roll < 0.2:
                victim.kill()
                workers[workers.index(victim)] = self.service("worker").start()
            elif roll < 0.35:
                victim.process.send_signal(signal.SIGSTOP)
                time.sleep(1.3)
                victim.process.send_signal(signal.SIGCONT)
        for run_id in run_ids:
            record = api.wait_terminal(run_id, seconds=120)
            self.assertIn(record["status"], ("completed", "failed"), record)
            if record["status"] == "completed":
                assert_artifacts_match_their_manifest(self, api, run_id)
            else:
                self.assertIn(record["error_code"], ("poisoned", "machine_fault"), record)
        self.assertEqual(self.cluster.sql("select count(*) from backtest.runs where status in ('queued', 'running')"), "0")

    def test_the_database_crashes_under_load_and_no_acknowledged_run_is_lost(self):
        self.migrated()
        api = self.service(BACKTEST_MAX_CONCURRENT="2").start()
        run_ids = [api.submit(policy(self.prices, name=f"c{i}")) for i in range(10)]
        self.cluster.crash_and_start()
        api.wait_ready(seconds=30)
        for run_id in run_ids:
            self.assertEqual(api.wait_terminal(run_id, seconds=90)["status"], "completed")


if __name__ == "__main__":
    replicas.main()
