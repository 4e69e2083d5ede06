#!/usr/bin/env python3
"""What /readyz says while something that the service needs hangs, and that it comes back by itself.

| What hangs or fails | Must hold |
|---|---|
| another program holds the SQLite file's lock | not ready within 5 s, ready within 5 s of its end; reads are answered |
| the output directory's disk is read-only, or full | not ready within 5 s, says which; no run is claimed on the full one |
| the SQLite file, its log or its shared memory is deleted or replaced | 503 at once, no run is acknowledged that a restart would not find |
| the SQLite file is damaged; its processes have two output directories | the second start is refused, with the reason |
| PostgreSQL takes connections and never answers, from the start and later | not ready within 5 s |
| PostgreSQL is stopped (SIGSTOP), all of it | the same |

In each: /healthz answers 200 within a second all the time, /readyz does not wait either, and a run that is submitted
afterwards completes without a restart."""
import concurrent.futures
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import replicas
from database_proxy import DatabaseProxy
from machine_faults_test import SmallDisk
from replicas import ReplicasCase, children_of, wait_until
from service import Service, policy, write_market


class Probes:
    """Asks as a load balancer does: neither probe may wait for what hangs."""

    def probe(self, server):
        start = time.time()
        self.assertEqual(server.get("/healthz").status, 200)
        ready = server.get("/readyz")
        self.assertLess(time.time() - start, 1.0, "a probe waited")
        return ready

    def assert_not_ready(self, server, *details):
        start = time.time()
        seen = wait_until(lambda: (reply := self.probe(server)).status == 503 and reply, 5, "not ready")
        self.assertEqual(seen.json()["code"], "not_ready")
        self.assertIn(seen.json()["detail"], details)
        print(f"not ready after {time.time() - start:.1f} s: {seen.json()['detail']}", flush=True)
        until = time.time() + 2
        while time.time() < until:
            self.assertEqual(self.probe(server).status, 503, "ready while it still hangs")
            time.sleep(0.1)

    def assert_recovers(self, server, prices, seconds=5):
        start = time.time()
        wait_until(lambda: self.probe(server).status == 200, seconds, "ready again")
        print(f"ready again after {time.time() - start:.1f} s", flush=True)
        self.assertEqual(server.wait_terminal(server.submit(policy(prices, name="afterwards")))["status"], "completed")


class Embedded(Probes, unittest.TestCase):
    def serve(self, directory=None, **environment):
        server = Service(replicas.BINARY, directory=directory, **environment)
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server.start(), write_market(server.directory)

    def test_the_file_is_locked_by_another_program(self):
        server, prices = self.serve()
        run_id = server.submit(policy(prices))
        server.wait_terminal(run_id)
        other = sqlite3.connect(server.directory / "results" / "runs.sqlite3", isolation_level=None)
        other.execute("begin immediate")
        self.assert_not_ready(server, "a check did not answer in time", "the run store is not available")
        self.assertEqual(server.get(f"/backtests/{run_id}/status").status, 200)
        self.assertEqual(server.get("/backtests").status, 200)
        other.execute("rollback")
        self.assert_recovers(server, prices)
        other.execute("begin immediate")
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            # The first waits for the lock, those after it for the first.
            refused = [pool.submit(server.post, "/backtests", {"config": policy(prices)}, timeout=60) for _ in range(2)]
            time.sleep(0.5)
            refused.append(pool.submit(server.post, "/backtests", {"config": policy(prices)}, timeout=60))
            time.sleep(0.5)
            start = time.time()
            server.stop()
            print(f"stopped after {time.time() - start:.1f} s", flush=True)
            self.assertLess(time.time() - start, 30)
            for answer in refused:
                try:
                    self.assertEqual(answer.result().status, 503)
                except OSError:
                    pass  # its connection was closed
        other.close()

    def test_the_file_is_deleted_or_replaced(self):
        server, prices = self.serve()
        acknowledged = server.submit(policy(prices))
        server.wait_terminal(acknowledged)
        file = server.directory / "results" / "runs.sqlite3"
        for part in ("", "-wal", "-shm"):
            path, aside = file.with_name(file.name + part), file.with_name("aside")
            for replacement in (None, b""):
                path.rename(aside)
                if replacement is not None:
                    path.write_bytes(replacement)
                self.assertEqual(server.post("/backtests", {"config": policy(prices)}).status, 503, part)
                self.assertEqual(server.get(f"/backtests/{acknowledged}/status").status, 503, part)
                aside.rename(path)
                self.assertEqual(server.get(f"/backtests/{acknowledged}/status").status, 200, part)
        file.rename(file.with_name("aside"))
        self.assert_not_ready(server, "the run store is not available")
        file.with_name("aside").rename(file)
        self.assert_recovers(server, prices)
        server.stop()
        server.start()
        self.assertEqual(server.get("/backtests").json()["runs"][-1]["run_id"], acknowledged)

    def test_a_damaged_file_is_not_served(self):
        server, prices = self.serve()
        server.wait_terminal(server.submit(policy(prices)))
        server.stop()
        file = server.directory / "results" / "runs.sqlite3"
        with open(file, "r+b") as damage:
            damage.seek(4096)
            damage.write(b"\xff" * (file.stat().st_size - 8192))
        with self.assertRaisesRegex(AssertionError, "serve ended with [1-9]"):
            server.start()
        self.assertRegex(server.log_text(), "BACKTEST_DB_PATH: .*(is damaged|malformed)")

    def test_two_processes_with_one_file_share_their_output_directory(self):
        server, prices = self.serve()
        file = server.directory / "results" / "runs.sqlite3"
        other = Service(replicas.BINARY, directory=server.directory, BACKTEST_DB_PATH=str(file),
                        BACKTEST_OUTPUT_DIR=str(server.directory / "elsewhere"))
        with self.assertRaisesRegex(AssertionError, "serve ended with 2"):
            other.start()
        self.assertIn("BACKTEST_OUTPUT_DIR: another live process has the run store", other.log_text())
        beside = Service(replicas.BINARY, directory=server.directory).start()
        self.addCleanup(beside.kill)
        run_id = beside.submit(policy(prices))
        self.assertEqual(server.wait_terminal(run_id)["status"], "completed")
        self.assertEqual(server.get(f"/backtests/{run_id}/summary").status, 200)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_the_output_directory_is_read_only_or_full(self):
        disk = SmallDisk(64)
        self.addCleanup(disk.remove)
        # The store lies elsewhere: a disk with a file that is open for writing cannot become read-only.
        elsewhere = tempfile.mkdtemp(prefix="backtest-e2e-")
        server, prices = self.serve(BACKTEST_OUTPUT_DIR=str(disk.directory), BACKTEST_MIN_FREE_DISK_MB="8",
                                    BACKTEST_DB_PATH=f"{elsewhere}/runs.sqlite3")
        subprocess.run(["mount", "-o", "remount,ro", disk.directory], check=True)
        self.assert_not_ready(server, "the output directory is not available", "the output directory cannot be written")
        subprocess.run(["mount", "-o", "remount,rw", disk.directory], check=True)
        self.assert_recovers(server, prices)
        disk.fill()
        self.assert_not_ready(server, "disk space is low")
        waiting = server.submit(policy(prices, name="waiting"))
        time.sleep(1)
        self.assertEqual(server.get(f"/backtests/{waiting}/status").json()["status"], "queued")
        disk.free()
        self.assert_recovers(server, prices)
        self.assertEqual(server.wait_terminal(waiting)["status"], "completed")
        server.stop()


class Postgres(Probes, ReplicasCase):
    def setUp(self):
        super().setUp()
        self.migrated()

    def test_it_takes_connections_and_never_answers(self):
        proxy = DatabaseProxy(self.directory / "proxy", self.cluster.directory)
        self.addCleanup(proxy.close)
        proxy.silent = True
        server = self.service(BACKTEST_POSTGRES_DSN=proxy.dsn(), BACKTEST_MAX_CONCURRENT="1").start(wait_ready=False)
        wait_until(lambda: self.answers(server), 5, "the first answer")
        self.assert_not_ready(server, "starting", "the run store is not open", "the run store is not available",
                              "a check did not answer in time")
        proxy.silent = False
        self.assert_recovers(server, self.prices, seconds=30)
        proxy.silent = True
        self.assert_not_ready(server, "a check did not answer in time", "the run store is not available")
        proxy.silent = False
        self.assert_recovers(server, self.prices, seconds=30)
        server.stop()

    @staticmethod
    def answers(server):
        try:
            return server.get("/healthz").status == 200
        except OSError:
            return False

    def test_all_of_it_is_stopped(self):
        server = self.service(BACKTEST_MAX_CONCURRENT="1").start()
        postmaster = self.cluster.postmaster()
        stopped = [postmaster, *children_of(postmaster)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            self.assert_not_ready(server, "a check did not answer in time", "the run store is not available")
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        self.assert_recovers(server, self.prices, seconds=30)
        server.stop()


if __name__ == "__main__":
    replicas.main()
