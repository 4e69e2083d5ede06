#!/usr/bin/env python3
"""Faults of processes and of the database, in PostgreSQL mode. replicas.py has the criteria that hold after each.

| Fault | Must hold besides |
|---|---|
| API killed between commit and reply | the run exists; the same Idempotency-Key on another replica answers with it |
| worker killed in mid-run | its run starts again under another lease |
| worker killed before its publication arrives | the run starts again; only the second attempt is shown |
| worker killed after its publication, unanswered | the run is completed once, by the first attempt |
| worker stopped beyond its lease | what it finishes later changes nothing |
| a publication that the network delays beyond its lease | it changes nothing, though the run is still running |
| postmaster killed under load | replicas live on and are ready again within 10 s |
| backends terminated and killed in mid-commit | as above; no acknowledged run lost, no key gives two runs |
| more requests than connections, slow database | each answer within 30 s is 202, or 503 with Retry-After; then all is well |
| more requests than threads, each statement takes 1 s | as above; /readyz answers within 1 s, /metrics within 5 s |
| two migrators at once | both succeed; each file is applied once |
| an old binary on a newer breaking schema | not ready, its log says why, it claims nothing, lives on, and recovers |
"""
import concurrent.futures
import os
import random
import signal
import subprocess
import threading
import time

import replicas
from database_proxy import DatabaseProxy
from postgres_cluster import Cluster
from replicas import ReplicasCase, Submissions, hold_a_child, slow_market, wait_until
from service import policy


class PostgresFaults(ReplicasCase):
    @classmethod
    def make_cluster(cls):
        # Each commit lies in the log for 5 ms before it is flushed, so that a kill may hit it there.
        return Cluster(settings=["fsync=on", "commit_delay=5000", "commit_siblings=0"])

    def setUp(self):
        super().setUp()
        self.migrated()
        self.chance = random.Random(replicas.SEED)
        print(f"seed {replicas.SEED}", flush=True)

    def proxy(self, name):
        made = DatabaseProxy(self.directory / name, self.cluster.directory)
        self.addCleanup(made.close)
        return made

    def test_the_api_is_killed_between_commit_and_reply(self):
        proxy = self.proxy("before-api")
        api, other = self.api(BACKTEST_POSTGRES_DSN=proxy.dsn()).start(), self.api().start()
        key = {"Idempotency-Key": "once"}
        body = {"config": policy(self.prices, name="unanswered")}
        proxy.hold_reply("backtest.submit_run")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            unanswered = pool.submit(api.post, "/backtests", body, headers=key)
            self.assertTrue(proxy.caught.wait(10))
            api.kill()
            self.assertRaises(OSError, unanswered.result)
        committed = self.cluster.sql("select run_id from backtest.runs")
        self.assertNotEqual(committed, "")
        again = other.post("/backtests", body, headers=key)
        self.assertEqual((again.status, again.json()["run_id"]), (202, committed))
        self.assertEqual(again.headers.get("idempotent-replayed"), "true")
        self.worker().start()
        self.assert_settled(other, [committed])
        self.assertEqual(self.cluster.sql("select count(*) from backtest.runs"), "1")

    def test_a_worker_is_killed_in_mid_run(self):
        api, first = self.api().start(), self.worker().start()
        run_id = api.submit(policy(slow_market(self.directory), name="mid-run"))
        hold_a_child(first)
        first.kill()
        self.worker().start()
        self.assert_settled(api, [run_id])
        self.assertEqual(self.cluster.sql("select attempts, lost_attempts from backtest.run_records"), "2|1")

    def kill_in_mid_publication(self, hold, attempts):
        proxy = self.proxy("before-worker")
        api = self.api().start()
        first = self.worker(BACKTEST_POSTGRES_DSN=proxy.dsn()).start()
        getattr(proxy, hold)("backtest.complete_run")
        run_id = api.submit(policy(self.prices, name="mid-publication"))
        self.assertTrue(proxy.caught.wait(10))
        first.kill()
        self.worker().start()
        self.assert_settled(api, [run_id])
        self.assertEqual(self.cluster.sql("select attempts from backtest.run_records"), attempts)

    def test_a_worker_is_killed_before_its_publication_arrives(self):
        self.kill_in_mid_publication("hold_request", attempts="2")

    def test_a_worker_is_killed_after_its_publication(self):
        self.kill_in_mid_publication("hold_reply", attempts="1")

    def test_a_worker_stopped_beyond_its_lease_changes_nothing(self):
        """Fence and guard each suffice. Seen to fail with both broken: the first attempt was shown, under the lease of
        the second."""
        api, first = self.api().start(), self.worker().start()
        run_id = api.submit(policy(slow_market(self.directory), name="stopped"))
        child = hold_a_child(first)
        first.process.send_signal(signal.SIGSTOP)
        os.kill(child, signal.SIGCONT)  # it finishes, and its worker does not know yet
        second = self.worker().start()
        child = hold_a_child(second)
        first.process.send_signal(signal.SIGCONT)
        time.sleep(1.5)
        self.assertEqual(self.cluster.sql("select epoch from backtest.run_leases"), "2")
        os.kill(child, signal.SIGCONT)
        self.assert_settled(api, [run_id])
        first.stop()

    def test_a_publication_arrives_after_its_lease(self):
        """No fence of a worker helps here, only the guard of the write. Seen to fail with a guard that looks at the run's
        id and state: the first attempt was shown while the second held the lease."""
        proxy = self.proxy("late")
        api, first = self.api().start(), self.worker(BACKTEST_POSTGRES_DSN=proxy.dsn()).start()
        proxy.delay_request("attempts/1-")  # what it publishes
        run_id = api.submit(policy(slow_market(self.directory), name="late"))
        self.assertTrue(proxy.caught.wait(30))
        first.process.send_signal(signal.SIGSTOP)  # it renews no more
        second = self.worker().start()
        child = hold_a_child(second)
        proxy.release_request()
        time.sleep(1)
        self.assertEqual(api.get(f"/backtests/{run_id}/status").json()["status"], "running")
        self.assertEqual(self.cluster.sql("select epoch from backtest.run_leases"), "2")
        os.kill(child, signal.SIGCONT)
        self.assert_settled(api, [run_id])
        self.assertEqual(api.get(f"/backtests/{run_id}").json()["attempts"], 2)
        first.process.send_signal(signal.SIGCONT)
        first.stop()
        self.assert_settled(api, [run_id])

    def test_the_postmaster_is_killed_under_load(self):
        api, workers = self.api().start(), [self.worker().start() for _ in range(2)]
        load = Submissions(api, self.prices, "crash")
        for _ in range(2):
            time.sleep(self.chance.uniform(0.3, 1.0))
            self.cluster.kill_and_start()
            api.wait_ready(seconds=10)
        time.sleep(0.5)
        run_ids = load.stop()
        self.assertGreater(len(run_ids), 10)
        for reply in load.refused:
            self.assertEqual((reply.status, reply.json()["code"]), (503, "store_unavailable"))
            self.assertIn("retry-after", reply.headers)
        self.assert_settled(api, run_ids, may_fail=True)
        for process in (api, *workers):
            process.stop()

    def test_backends_die_in_mid_commit(self):
        api, workers = self.api().start(), [self.worker().start() for _ in range(2)]
        loads = [Submissions(api, self.prices, f"commit{i}-", every=0.02) for i in range(2)]
        active = "from pg_stat_activity where application_name = 'backtest' and state = 'active' and pid <> pg_backend_pid()"
        terminated = killed = 0
        begin = time.time()
        # Statements are short: few are met in the middle.
        while time.time() < begin + 4 or (terminated <= 20 and time.time() < begin + 30):
            try:
                if killed < 2 and self.chance.random() < 0.05:
                    if pid := self.cluster.sql(f"select pid {active} limit 1"):
                        os.kill(int(pid), signal.SIGKILL)  # PostgreSQL then restarts as after a crash
                        killed += 1
                        time.sleep(0.5)
                else:
                    terminated += int(self.cluster.sql(f"select count(pg_terminate_backend(pid)) {active}"))
            except (AssertionError, ProcessLookupError):
                pass  # the server restarts, or that backend was done
        self.assertGreater(terminated, 20)
        api.wait_ready(seconds=10)
        run_ids = [run_id for load in loads for run_id in load.stop()]
        self.assertGreater(len(run_ids), 20)
        self.assertEqual(len(run_ids), len(set(run_ids)))
        self.assert_settled(api, run_ids, may_fail=True)
        doubled = "select idempotency_key from backtest.runs group by 1 having count(*) > 1"
        self.assertEqual(self.cluster.sql(doubled), "")
        for process in (api, *workers):
            process.stop()

    def test_more_requests_than_connections_on_a_slow_database(self):
        slow = f"{self.cluster.dsn()} options='-c statement_timeout=2s'"
        api = self.api(BACKTEST_POSTGRES_DSN=slow).start()
        locked = subprocess.Popen(["psql", "-XAtq", self.cluster.dsn(), "-c",
                                   "begin; lock table backtest.runs; select pg_sleep(5)"])
        self.addCleanup(locked.wait)
        wait_until(lambda: self.cluster.sql("select 1 from pg_locks where mode = 'AccessExclusiveLock' and granted "
                                            "and relation = 'backtest.runs'::regclass"), what="the lock")
        def submit(number):
            start = time.time()
            reply = api.post("/backtests", {"config": policy(self.prices, name=f"p{number}")}, timeout=60)
            return reply, time.time() - start
        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(submit, range(100)))
        self.assertEqual({reply.status for reply, _ in answers}, {202, 503})
        for reply, seconds in answers:
            self.assertLess(seconds, 30)
            if reply.status == 503:
                self.assertIn(reply.json()["code"], ("store_unavailable", "busy"))
                self.assertIn("retry-after", reply.headers)
        api.wait_ready(seconds=5)
        run_ids = [reply.json()["run_id"] for reply, _ in answers if reply.status == 202]
        run_ids.append(api.submit(policy(self.prices, name="afterwards")))
        self.worker().start()
        self.assert_settled(api, run_ids)

    def test_more_requests_than_threads_on_a_slow_database(self):
        proxy = self.proxy("slow")
        api = self.api(BACKTEST_POSTGRES_DSN=proxy.dsn()).start()
        proxy.slow_seconds = 1
        over, probes = threading.Event(), []

        def timed(path, body=None):
            start = time.time()
            reply = api.post(path, body, timeout=60) if body else api.get(path, timeout=60)
            return reply, time.time() - start

        def probe(path):
            while not over.wait(0.1):
                reply, seconds = timed(path)
                probes.append((path, reply, seconds))

        def submit(number):
            return timed("/backtests", {"config": policy(self.prices, name=f"b{number}")})

        with concurrent.futures.ThreadPoolExecutor(202) as pool:
            probing = [pool.submit(probe, path) for path in ("/readyz", "/metrics")]
            reading = [pool.submit(timed, "/backtests") for _ in range(50)]  # they share threads with no scrape
            answers = list(pool.map(submit, range(150)))
            reads = [done.result() for done in reading]
            over.set()
            for done in probing:
                done.result()
        self.assertIn(202, {reply.status for reply, _ in answers})
        self.assertEqual({reply.status for reply, _ in answers + reads} - {200, 202}, {503})
        for reply, seconds in answers + reads:
            self.assertLess(seconds, 30)
            if reply.status == 503:
                self.assertIn(reply.json()["code"], ("store_unavailable", "busy"))
                self.assertIn("retry-after", reply.headers)
        for path, most_seconds in (("/readyz", 1), ("/metrics", 5)):
            seen = [(reply.status, seconds) for at, reply, seconds in probes if at == path]
            self.assertGreater(len(seen), 2, path)
            self.assertLess(max(seconds for _, seconds in seen), most_seconds, path)
            self.assertLessEqual({status for status, _ in seen}, {200, 503} if path == "/readyz" else {200})
        text = [reply.body.decode() for path, reply, _ in probes if path == "/metrics"]
        self.assertTrue(any('backtest_postgres_connections{state="busy"} 8' in one for one in text))
        proxy.slow_seconds = 0
        api.wait_ready(seconds=10)
        run_ids = [reply.json()["run_id"] for reply, _ in answers if reply.status == 202]
        run_ids.append(api.submit(policy(self.prices, name="afterwards")))
        self.assertIn("backtest_store_up 1", api.get("/metrics").body.decode())
        # Where the answer was 503 the run may exist, but none exists twice.
        names = self.cluster.sql("select count(*), count(distinct run_name) from backtest.runs").split("|")
        self.assertEqual(names[0], names[1])
        self.worker().start()
        self.assert_settled(api, run_ids)

    def test_two_migrators_at_once(self):
        self.cluster.sql(replicas.DROP_SCHEMAS)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = list(pool.map(lambda _: self.migrate("up"), range(2)))
        self.assertEqual([done.returncode for done in both], [0, 0], [done.stderr for done in both])
        applied = [line for done in both for line in done.stdout.splitlines() if line.startswith("applied ")]
        self.assertEqual(len(applied), len(set(applied)))
        self.assertEqual(len(applied), int(self.cluster.sql("select count(*) from public.schema_migrations")))

    def test_an_old_binary_on_a_newer_breaking_schema(self):
        server = self.service(BACKTEST_MAX_CONCURRENT="1").start()
        range_known = self.cluster.sql("select version, oldest_compatible from backtest.schema_version").split("|")
        self.cluster.sql("update backtest.schema_version set version = 99, oldest_compatible = 99")
        wait_until(lambda: server.get("/readyz").status == 503, 5, "not ready")
        late = self.service(BACKTEST_MAX_CONCURRENT="1").start(wait_ready=False)
        wait_until(lambda: "too new" in late.log_text(), 10, "a log line of the one that started late")
        self.assertIn("the schema is too new: version 99", server.log_text())
        waiting = server.submit(policy(self.prices, name="waiting"))  # whoever routes by readiness sends none
        time.sleep(2)
        self.assertEqual(self.cluster.sql("select status, attempts from backtest.run_records"), "queued|0")
        self.assertIsNone(server.process.poll())
        self.assertIsNone(late.process.poll())
        self.cluster.sql(f"update backtest.schema_version set version = {range_known[0]}, "
                         f"oldest_compatible = {range_known[1]}")
        for process in (server, late):
            process.wait_ready(seconds=10)
        self.assert_settled(server, [waiting, late.submit(policy(self.prices, name="mended"))])


if __name__ == "__main__":
    replicas.main()
