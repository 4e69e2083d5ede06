#!/usr/bin/env python3
"""The service under faults: processes killed and stopped at random points, floods, silent and endless clients.

Replay a failure with the seed that it printed: faults_test.py --binary B --seed N. --rounds sets how many kills."""
import argparse
import concurrent.futures
import os
import pathlib
import random
import signal
import socket
import sys
import time
import unittest

from replicas import assert_artifacts_match_their_manifest, children_of
from service import Service, policy, request, write_market

BINARY, SEED, ROUNDS = None, 0, 10


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
        s = self.service.start()
        acknowledged = []
        for round_number in range(ROUNDS):
            for i in range(self.random.randint(1, 4)):
                try:
                    reply = s.post("/backtests", {"config": policy(self.prices, name=f"k{round_number}-{i}")})
                    if reply.status == 202:
                        acknowledged.append(reply.json()["run_id"])
                except OSError:
                    pass
            time.sleep(self.random.uniform(0.0, 0.4))
            victims = children_of(s.process.pid)
            if victims and self.random.random() < 0.5:
                try:
                    os.kill(self.random.choice(victims), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            else:
                s.kill()
                s.start()
        self.assertGreater(len(acknowledged), 0)
        for run_id in acknowledged:
            record = s.wait_terminal(run_id, seconds=120)
            self.assertIn(record["status"], ("completed", "failed"), record)
            if record["status"] == "failed":  # three lost or failed attempts in a row are possible, and say so
                self.assertIn(record["error_code"], ("poisoned", "machine_fault"), record)
            else:
                assert_artifacts_match_their_manifest(self, s, run_id)
        listed = [run["run_id"] for run in s.get("/backtests?limit=200").json()["runs"]]
        self.assertEqual(len(listed), len(set(listed)))
        self.assertEqual(set(acknowledged) - set(listed), set())
        s.stop()

    def test_a_server_stopped_beyond_its_lease_publishes_nothing(self):
        s = self.service.start()
        slow = write_market(s.directory, bars=4000, instruments=60, seed=3)
        run_id = s.submit(policy(slow, name="stopped"))
        deadline = time.time() + 10
        while s.get(f"/backtests/{run_id}/status").json()["status"] == "queued" and time.time() < deadline:
            time.sleep(0.01)
        s.process.send_signal(signal.SIGSTOP)
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
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            replies = list(pool.map(lambda _: s.post("/backtests", body, headers=headers), range(200)))
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
        self.assertEqual(s.get("/healthz").status, 200)
        run_id = s.submit(policy(self.prices))
        self.assertEqual(s.wait_terminal(run_id)["status"], "completed")
        for connection in (*silent, slow, endless, huge):
            connection.close()

    def test_sigterm_under_load_answers_nobody_with_a_server_error(self):
        s = self.service.start()
        statuses, stop = [], time.time() + 3

        def flood(_):
            while time.time() < stop:
                try:
                    statuses.append(request(s.address, "GET", "/backtests?limit=5", timeout=5).status)
                except OSError:
                    return  # refused or closed: the process has gone
        run_ids = [s.submit(policy(self.prices, name=f"t{i}")) for i in range(4)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            floods = [pool.submit(flood, i) for i in range(16)]
            time.sleep(0.7)
            s.stop()
            for done in floods:
                done.result()
        self.assertGreater(len(statuses), 50)
        self.assertEqual([status for status in statuses if status >= 500 and status != 503], [])
        s.start()
        for run_id in run_ids:
            self.assertEqual(s.wait_terminal(run_id)["status"], "completed")

    def test_yaml_bombs_are_refused_at_once(self):
        s = self.service.start()
        bombs = ["a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "[" * 20000, "a: {" * 5000, "x: " + "y" * 3_000_000]
        for bomb in bombs:
            start = time.time()
            reply = s.post("/backtests", {"config_yaml": bomb})
            self.assertIn(reply.status, (400, 413), bomb[:20])
            self.assertLess(time.time() - start, 2.0)
        self.assertEqual(s.get("/healthz").status, 200)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randint(1, 1 << 30))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments, rest = parser.parse_known_args()
    BINARY, SEED, ROUNDS = str(pathlib.Path(arguments.binary).resolve()), arguments.seed, arguments.rounds
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
