#!/usr/bin/env python3
"""The service under faults: processes killed and stopped at random points, floods, silent and endless clients.

Replay a failure with the seed that it printed: faults_test.py --binary B --seed N. --rounds sets how many kills."""
import concurrent.futures
import os
import random
import resource
import signal
import socket
import sqlite3
import threading
import time
import unittest

from replicas import (Submissions, assert_artifacts_match_their_manifest, assert_sqlite_settled, children_of,
                      wait_until)
import script
from service import SANITIZED, Service, policy, request, write_market

BINARY, SEED, ROUNDS = None, 0, 100
SHADOW = 10 if SANITIZED else 1  # a sanitizer's memory


def stop_outside_of_a_write(service):
    """SIGSTOP, but not while it has the file's lock: then nobody could write until it goes on."""
    database = sqlite3.connect(service.directory / "results/runs.sqlite3", timeout=0.2, isolation_level=None)
    try:
        while True:
            service.process.send_signal(signal.SIGSTOP)
            try:
                database.execute("begin immediate")
                database.execute("rollback")
                return
            except sqlite3.OperationalError:  # it is locked
                service.process.send_signal(signal.SIGCONT)
                time.sleep(0.01)
    finally:
        database.close()


class Faults(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.service = Service(BINARY, BACKTEST_LEASE_SECONDS="1")
        self.prices = write_market(self.service.directory, bars=400)
        print(f"seed {SEED}", flush=True)

    def tearDown(self):
        if self.service.process and self.service.process.poll() is None:
            self.service.kill()

    def test_kills_at_random_points_lose_and_double_nothing(self):
        """Server or child, while submissions arrive all the time: a kill may hit one before, in or after its commit."""
        s = self.service.start()
        loads = [Submissions(s, self.prices, f"load{i}", every=0.15) for i in range(2)]
        killed = {"server": 0, "child": 0}
        for _ in range(ROUNDS):
            time.sleep(self.random.uniform(0.0, 0.4))
            victims = children_of(s.process.pid)
            if victims and self.random.random() < 0.5:
                try:
                    os.kill(self.random.choice(victims), signal.SIGKILL)
                    killed["child"] += 1
                    continue
                except ProcessLookupError:
                    pass
            s.kill()
            killed["server"] += 1
            s.start()
        acknowledged = [run_id for load in loads for run_id in load.stop()]
        print(f"killed {killed}, {len(acknowledged)} acknowledged, "
              f"{sum(load.silent for load in loads)} unanswered", flush=True)
        self.assertGreater(len(acknowledged), ROUNDS)
        self.assertEqual([reply.body for load in loads for reply in load.refused], [])
        self.assertEqual(len(acknowledged), len(set(acknowledged)))
        for run_id in acknowledged:
            record = s.wait_terminal(run_id, seconds=120)
            self.assertIn(record["status"], ("completed", "failed"), record)
            if record["status"] == "failed":  # three lost or failed attempts in a row are possible, and say so
                self.assertIn(record["error_code"], ("poisoned", "machine_fault"), record)
            else:
                assert_artifacts_match_their_manifest(self, s, run_id)
        wait_until(lambda: not s.get("/backtests?status=queued").json()["runs"] and
                   not s.get("/backtests?status=running").json()["runs"], 120, "the end of what nobody was told of")
        s.stop()
        assert_sqlite_settled(self, s.directory, acknowledged)

    def test_a_server_stopped_beyond_its_lease_publishes_nothing(self):
        s = self.service.start()
        slow = write_market(s.directory, bars=4000, instruments=60, seed=3)
        run_id = s.submit(policy(slow, name="stopped"))
        deadline = time.time() + 10
        while s.get(f"/backtests/{run_id}/status").json()["status"] == "queued" and time.time() < deadline:
            time.sleep(0.01)
        stop_outside_of_a_write(s)
        other = Service(BINARY, directory=s.directory, BACKTEST_LEASE_SECONDS="1").start()
        try:
            record = other.wait_terminal(run_id)
            self.assertEqual(record["status"], "completed", record)
            before = other.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").body
            s.process.send_signal(signal.SIGCONT)
            time.sleep(1.5)
            self.assertEqual(other.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").body, before)
            assert_artifacts_match_their_manifest(self, other, run_id)
        finally:
            other.stop()

    def test_one_idempotency_key_under_200_concurrent_submissions_gives_one_run(self):
        s = self.service.start()
        body, headers = {"config": policy(self.prices)}, {"Idempotency-Key": "same"}
        together = threading.Barrier(200)

        def submit(_):
            together.wait(30)
            return s.post("/backtests", body, headers=headers)
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            replies = list(pool.map(submit, range(200)))
        self.assertEqual({reply.status for reply in replies}, {202})
        self.assertEqual(len({reply.json()["run_id"] for reply in replies}), 1)
        self.assertEqual(len(s.get("/backtests").json()["runs"]), 1)

    def test_silent_slow_and_endless_clients_do_not_stop_the_others(self):
        s = self.service.start()
        silent = [socket.create_connection(("127.0.0.1", s.port)) for _ in range(50)]
        slow = socket.create_connection(("127.0.0.1", s.port))
        slow.sendall(b"POST /backtests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n{")
        endless = socket.create_connection(("127.0.0.1", s.port))
        endless.sendall(b"POST /backtests HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent, status = 0, b""
        endless.settimeout(5)
        try:
            while sent < 64 << 20:
                endless.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass
        try:
            status = endless.recv(64)
        except OSError:
            pass
        self.assertLess(sent, 64 << 20, "an endless body was taken whole")
        if status:
            self.assertIn(b" 413 ", status)
        huge = socket.create_connection(("127.0.0.1", s.port))
        huge.sendall(b"POST /backtests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1073741824\r\n\r\n")
        huge.settimeout(5)
        self.assertIn(b" 413 ", huge.recv(64))
        sent = 0
        try:
            while sent < 1 << 30:  # the client goes on regardless
                sent += huge.send(b"x" * 65536)
        except OSError:
            pass
        self.assertLess(sent, 64 << 20, "a body of 1 GB was taken")
        self.assertEqual(s.get("/healthz").status, 200)
        run_id = s.submit(policy(self.prices))
        self.assertEqual(s.wait_terminal(run_id)["status"], "completed")
        for connection in (*silent, slow, endless, huge):
            connection.close()

    def test_sigterm_under_load_answers_nobody_with_a_server_error(self):
        s = self.service.start()
        statuses, run_ids, stop = [], [], time.time() + 10

        def flood(number):
            while time.time() < stop:
                try:
                    if number % 4 == 0:
                        time.sleep(0.05)  # each of them is to be run afterwards
                        reply = s.post("/backtests", {"config": policy(self.prices, name=f"t{number}")}, timeout=5)
                        if reply.status == 202:
                            run_ids.append(reply.json()["run_id"])
                    else:
                        reply = s.get("/backtests?limit=5", timeout=5)
                except OSError:
                    return  # refused or closed: the process has gone
                statuses.append(reply.status)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            floods = [pool.submit(flood, i) for i in range(16)]
            time.sleep(0.7)
            s.stop()
            for done in floods:
                done.result()
        self.assertGreater(len(statuses), 50)
        self.assertGreater(len(run_ids), 4)
        self.assertEqual(set(statuses) - {200, 202}, set())
        s.start()
        for run_id in run_ids:
            self.assertEqual(s.wait_terminal(run_id)["status"], "completed")

    def test_a_thousand_listeners_and_the_api_still_answers(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        s = self.service
        s.environment["BACKTEST_MAX_CONCURRENT"] = "0"
        s.start()
        run_id = s.submit(policy(self.prices))
        before = s.memory_mb()
        listeners = []
        self.addCleanup(lambda: [listener.close() for listener in listeners])
        for _ in range(1000):
            listener = socket.create_connection(("127.0.0.1", s.port), timeout=10)
            listener.sendall(f"GET /backtests/{run_id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            listeners.append(listener)
        received = [listener.recv(1 << 16) for listener in listeners]
        self.assertEqual(sum(text.startswith(b"HTTP/1.1 200 ") for text in received), 1000)
        slowest = 0.0
        for number in range(50):
            start = time.time()
            self.assertEqual(s.get(f"/backtests/{run_id}/status").status, 200)
            s.submit(policy(self.prices, name=f"meanwhile{number}"))
            slowest = max(slowest, time.time() - start)
        print(f"1,000 listeners: {s.memory_mb() - before:.0f} MB, a status and a submission took at most "
              f"{1000 * slowest:.0f} ms", flush=True)
        self.assertLess(slowest, 1.0)
        self.assertLess(s.memory_mb() - before, 100 * SHADOW)
        self.assertEqual(s.post(f"/backtests/{run_id}/cancel").status, 202)
        for listener, text in zip(listeners, received):
            while part := listener.recv(1 << 16):
                text += part
            self.assertIn(b'"status":"cancelled"', text)
            self.assertTrue(text.endswith(b"0\r\n\r\n"))
        s.stop()

    def test_yaml_bombs_are_refused_at_once(self):
        s = self.service.start()
        laughs = "a0: &a0 [lol, lol]\n" + "".join(f"a{i}: &a{i} [{f'*a{i - 1},' * 9}]\n" for i in range(1, 10))
        merges = "m0: &m0 {x: 1}\n" + "".join(f"m{i}: &m{i} {{<<: *m{i - 1}, k: *m{i - 1}}}\n" for i in range(1, 40))
        staircase = "a:\n" + "".join(" " * i + "- \n" for i in range(1, 1500))
        bombs = ["a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "[" * 20000, "a: {" * 5000, "x: " + "y" * 3_000_000,
                 laughs, merges, "a: &a [*a]\n", "- " * 20000, "? " * 20000, staircase]
        for bomb in bombs:
            start = time.time()
            reply = s.post("/backtests", {"config_yaml": bomb})
            self.assertIn(reply.status, (400, 413), bomb[:20])
            self.assertLess(time.time() - start, 2.0)
        self.assertEqual(s.get("/healthz").status, 200)
        self.assertLess(s.memory_mb(), 200 * SHADOW)


if __name__ == "__main__":
    options = script.options(script.SEED, ("--rounds", {"type": int, "default": ROUNDS}))
    BINARY, SEED, ROUNDS = options.binary, options.seed, options.rounds
    unittest.main(verbosity=2)
