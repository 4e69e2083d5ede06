#!/usr/bin/env python3
# Alone: it fills disks, cuts networks and starves the machine of threads.
"""The service under neglect: nothing that the machine or its operator does to it loses a run or ends the process.

| Neglect | Must hold |
|---|---|
| `backtest gc` with another store, without its own store, or on a directory of an earlier build | refused by name with status 2, nothing is removed, no file is made |
| artifacts of runs that the store does not know | are kept and counted |
| retention is set and nobody calls gc | `serve` collects by itself |
| the output directory is renamed away, or read-only, while runs are queued | the process lives, is not ready, says so once a minute, and every run completes afterwards, none failed |
| no thread can be started | the process lives; runs complete once threads are to be had |
| threads run out while it starts | it refuses to start and says so, or waits, not ready, until there are threads again |
| nobody reads standard error | health, submissions and SIGTERM go on; lines are dropped and counted |
| a run fills the disk while it writes | the attempt leaves nothing; those that came after it complete; it does once there is room |
| one run writes too much | it fails by name; others complete |
| SIGHUP | the process lives |
"""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from service import Service, policy, write_market

BINARY = "build/debug/backtest"


def wait_until(holds, seconds, what):
    deadline = time.time() + seconds
    while time.time() < deadline:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what}: not after {seconds} s")


class Neglect(unittest.TestCase):
    def service(self, directory=None, **environment):
        made = Service(BINARY, directory=directory, **environment)
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        self.prices = write_market(made.directory)
        return made

    def command(self, service, *arguments, **environment):
        return subprocess.run([service.binary, *arguments], env={**service.environment, **environment},
                              capture_output=True, text=True, timeout=60, cwd=service.directory)

    def completed(self, server, count=1):
        run_ids = [server.submit(policy(self.prices, name=f"n{i}")) for i in range(count)]
        for run_id in run_ids:
            self.assertEqual(server.wait_terminal(run_id)["status"], "completed", run_id)
        return run_ids

    def is_ready(self, server):
        return server.get("/readyz").status == 200

    def metric(self, server, name):
        for line in server.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(f"no metric {name}")


class Garbage(Neglect):
    def kept(self, results, run_id):
        return len(list((results / run_id).rglob("*.csv"))) > 3

    def test_gc_refuses_what_is_not_its_own(self):
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        server = self.service(BACKTEST_DB_PATH=str(elsewhere / "runs.sqlite3")).start()
        results = server.directory / "results"
        run_id, = self.completed(server)
        # A cron job without BACKTEST_DB_PATH: the store at the default place is not there, and is not made.
        forgot = self.command(server, "gc", BACKTEST_DB_PATH="", BACKTEST_RETENTION_DAYS="0", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertEqual(forgot.returncode, 2, forgot.stdout)
        self.assertIn("BACKTEST_DB_PATH", forgot.stderr)
        self.assertFalse((results / "runs.sqlite3").exists())
        self.assertTrue(self.kept(results, run_id))
        # Another store that is there.
        other = self.service(BACKTEST_MAX_CONCURRENT="0").start()
        other.stop()
        wrong = self.command(server, "gc", BACKTEST_DB_PATH=str(other.directory / "results" / "runs.sqlite3"),
                             BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertEqual(wrong.returncode, 2, wrong.stdout)
        self.assertIn("BACKTEST_OUTPUT_DIR", wrong.stderr)
        self.assertTrue(self.kept(results, run_id))
        own = self.command(server, "gc", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertEqual(own.returncode, 0, own.stderr)
        self.assertTrue(self.kept(results, run_id))
        server.stop()
        # And another store's service does not serve it.
        started = self.command(other, "serve", BACKTEST_OUTPUT_DIR=str(results))
        self.assertEqual(started.returncode, 2, started.stderr)
        self.assertIn("another run store", started.stderr)

    def test_a_directory_of_an_earlier_build_is_adopted_by_serve_alone(self):
        server = self.service().start()
        run_id, = self.completed(server)
        server.stop()
        results = server.directory / "results"
        (results / ".run_store").unlink()
        with sqlite3.connect(results / "runs.sqlite3") as database:
            database.execute("drop table store_identity")
        refused = self.command(server, "gc", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertEqual(refused.returncode, 2, refused.stdout)
        server.start()
        self.assertEqual(self.command(server, "gc", BACKTEST_GC_MIN_AGE_SECONDS="0").returncode, 0)
        self.assertEqual(server.get(f"/backtests/{run_id}/artifacts/trades.csv").status, 200)
        server.stop()

    def test_dry_run_minimum_age_and_runs_that_the_store_does_not_know(self):
        server = self.service().start()
        run_id, = self.completed(server)
        results = server.directory / "results"
        lost = results / run_id / "attempts" / ("0-" + 32 * "a")
        unknown = results / "UNKNOWN" / "attempts" / ("1-" + 32 * "b")
        for directory in (lost, unknown):
            directory.mkdir(parents=True)
            (directory / "trades.csv").write_text("x")
        young = self.command(server, "gc")
        self.assertIn("removed 0 runs past retention and 0 lost attempts", young.stdout)
        self.assertIn("kept 1 attempts younger", young.stdout)
        dry = self.command(server, "gc", "--dry-run", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertIn("would remove 0 runs past retention and 1 lost attempts", dry.stdout)
        self.assertTrue(lost.exists())
        real = self.command(server, "gc", BACKTEST_GC_MIN_AGE_SECONDS="0")
        self.assertIn("removed 0 runs past retention and 1 lost attempts", real.stdout)
        self.assertIn("kept the files of 1 runs that this run store does not know", real.stdout)
        self.assertFalse(lost.exists())
        self.assertTrue((unknown / "trades.csv").exists())
        self.assertEqual(server.get(f"/backtests/{run_id}/artifacts/trades.csv").status, 200)
        server.stop()

    def test_serve_collects_by_itself(self):
        server = self.service(BACKTEST_RETENTION_DAYS="5", BACKTEST_GC_EVERY_SECONDS="1").start()
        old, new = self.completed(server, 2)
        with sqlite3.connect(server.directory / "results" / "runs.sqlite3", timeout=30) as database:
            database.execute("update run_records set completed_at = completed_at - ? where run_id = ?",
                             (6 * 86_400_000_000, old))
        wait_until(lambda: server.get(f"/backtests/{old}").status == 404, 20, "the old run is gone")
        wait_until(lambda: not (server.directory / "results" / old).exists(), 10, "its artifacts are gone")
        self.assertEqual(server.get(f"/backtests/{new}/artifacts/trades.csv").status, 200)
        server.stop()


class Machine(Neglect):
    def check_all_complete(self, server, run_ids):
        for run_id in run_ids:
            record = server.wait_terminal(run_id, 150)
            self.assertEqual(record["status"], "completed", record)
        self.assertIsNone(server.process.poll())

    def test_the_output_directory_is_renamed_away(self):
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        server = self.service(BACKTEST_DB_PATH=str(elsewhere / "runs.sqlite3")).start()
        results = server.directory / "results"
        results.rename(server.directory / "away")
        run_ids = [server.submit(policy(self.prices, name=f"r{i}")) for i in range(5)]
        wait_until(lambda: not self.is_ready(server), 10, "not ready")
        time.sleep(5)
        self.assertIsNone(server.process.poll(), server.log_text()[-2000:])
        self.assertFalse(results.exists(), "an empty directory would cover the loss")
        self.assertEqual({server.get(f"/backtests/{run_id}/status").json()["status"] for run_id in run_ids}, {"queued"})
        lines = [line for line in server.log_text().splitlines() if "no run is claimed" in line]
        self.assertLessEqual(len(lines), 1)
        (server.directory / "away").rename(results)
        self.check_all_complete(server, run_ids)
        wait_until(lambda: self.is_ready(server), 10, "ready")
        server.stop()

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_the_output_directory_is_read_only_for_a_while(self):
        disk = pathlib.Path(tempfile.mkdtemp(prefix="backtest-disk-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=0777", "tmpfs", disk], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", "-l", disk], check=False))
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        server = self.service(BACKTEST_DB_PATH=str(elsewhere / "runs.sqlite3"), BACKTEST_OUTPUT_DIR=str(disk),
                              BACKTEST_MIN_FREE_DISK_MB="8").start()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        run_ids = [server.submit(policy(self.prices, name=f"r{i}")) for i in range(30)]
        time.sleep(12)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        self.check_all_complete(server, run_ids)
        server.stop()

    @unittest.skipUnless(os.geteuid() == 0, "another user needs root")
    def test_no_thread_can_be_started(self):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        directory.chmod(0o777)
        server = self.service(directory=directory)
        server.prefix = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
        shutil.copy(BINARY, directory / "backtest")
        server.start()
        threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
        # Its own user may always lower and raise the soft limit; root of a container may not.
        limit = [*server.prefix, "prlimit", f"--pid={server.process.pid}"]
        subprocess.run([*limit, f"--nproc={threads}:"], check=True)
        run_ids = [server.submit(policy(self.prices, name=f"t{i}")) for i in range(3)]
        time.sleep(5)
        self.assertIsNone(server.process.poll(), server.log_text()[-2000:])
        self.assertEqual({server.get(f"/backtests/{run_id}/status").json()["status"] for run_id in run_ids}, {"queued"})
        subprocess.run([*limit, "--nproc=4096:"], check=True)
        self.check_all_complete(server, run_ids)
        server.stop()

    @unittest.skipUnless(os.geteuid() == 0, "other users need root")
    def test_threads_run_out_while_it_starts(self):
        servers = {}
        for threads in range(1, 17):
            directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
            directory.chmod(0o777)
            server = servers[threads] = self.service(directory=directory, BACKTEST_RETENTION_DAYS="5")
            uid = str(65500 + threads)  # the limit counts what a user runs
            server.prefix = ["setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "prlimit", f"--nproc={threads}:"]
            server.start(wait_ready=False)
        time.sleep(3)
        for threads, server in servers.items():
            self.prices = write_market(server.directory)
            with self.subTest(threads=threads):
                if server.process.poll() is not None:
                    self.assertNotIn('"started"', server.log_text(), "it ended after it had begun to serve")
                    self.assertIn("no thread can be started", server.log_text())
                    continue
                if self.is_ready(server):
                    server.submit(policy(self.prices))
                limit = [*server.prefix[:4], "prlimit", f"--pid={server.process.pid}", "--nproc=4096:"]
                subprocess.run(limit, check=True)
                wait_until(lambda: self.is_ready(server), 10, "ready")
                self.completed(server)
                server.stop()
        self.assertIsNotNone(servers[1].process.poll())
        self.assertEqual(servers[16].process.poll(), 0)

    def test_nobody_reads_standard_error(self):
        server = self.service(BACKTEST_LOG_LEVEL="debug")
        read_end, write_end = os.pipe()
        server.process = subprocess.Popen([server.binary, "serve"], env=server.environment, stdout=subprocess.DEVNULL,
                                          stderr=write_end, stdin=subprocess.DEVNULL, cwd=server.directory)
        os.close(write_end)
        server.wait_ready()
        for _ in range(6000):
            server.get("/backtests/none/status")
            if self.metric(server, "backtest_log_lines_dropped_total") > 0:
                break
        self.assertGreater(self.metric(server, "backtest_log_lines_dropped_total"), 0)
        self.assertEqual(server.get("/healthz").status, 200)
        self.completed(server)
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(timeout=30), 0)
        os.close(read_end)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_the_disk_fills_while_a_run_writes(self):
        disk = pathlib.Path(tempfile.mkdtemp(prefix="backtest-disk-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=0777", "tmpfs", disk], check=True)
        self.addCleanup(lambda: subprocess.run(["umount", "-l", disk], check=False))
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-"))
        server = self.service(BACKTEST_DB_PATH=str(elsewhere / "runs.sqlite3"), BACKTEST_OUTPUT_DIR=str(disk),
                              BACKTEST_MIN_FREE_DISK_MB="1", BACKTEST_PANEL_CACHE_MB="0", BACKTEST_MAX_CONCURRENT="1").start()
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * (4 << 20))
        large = write_market(server.directory, bars=3000, instruments=12)
        run_id = server.submit(policy(large, name="large"))
        wait_until(lambda: "No space left on device" in server.log_text(), 60, "the disk is full")
        # Those that came after it have room.
        small = write_market(server.directory, bars=20, instruments=2)
        self.check_all_complete(server, [server.submit(policy(small, name=f"small{i}")) for i in range(3)])
        wait_until(lambda: not list(disk.rglob(f"{run_id}/**/*.csv")), 10, "nothing is left of it")
        self.assertEqual(server.get(f"/backtests/{run_id}/status").json()["status"] in ("queued", "running"), True)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        self.check_all_complete(server, [run_id])
        server.stop()

    def test_one_run_writes_too_much(self):
        server = self.service(BACKTEST_RUN_ARTIFACTS_MB="1").start()
        large = write_market(server.directory, bars=3000, instruments=12)
        too_large = server.submit(policy(large, name="large"))
        self.completed(server, 2)
        record = server.wait_terminal(too_large)
        self.assertEqual(record["status"], "failed")
        self.assertIn("BACKTEST_RUN_ARTIFACTS_MB", json.dumps(server.get(f"/backtests/{too_large}").json()))
        self.assertEqual(list((server.directory / "results").rglob(f"{too_large}/**/*.csv")), [])
        server.stop()

    def test_hang_up(self):
        server = self.service().start()
        server.process.send_signal(signal.SIGHUP)
        self.completed(server)
        self.assertIn("SIGHUP", server.log_text())
        server.stop()

    def test_few_descriptors_are_refused_at_start(self):
        server = self.service()
        server.prefix = ["prlimit", "--nofile=48:48"]
        started = subprocess.run([*server.prefix, server.binary, "serve"], env=server.environment, capture_output=True,
                                 text=True, timeout=30, cwd=server.directory)
        self.assertEqual(started.returncode, 1)
        self.assertIn("ulimit -n", started.stderr)


class Child(Neglect):
    def test_only_the_protocol_leaves_an_attempt(self):
        server = self.service()
        place = server.directory / "attempt"
        place.mkdir()
        job = {"run_id": "R1", "config_json": json.dumps(policy(self.prices)), "directory": str(place),
               "submitted_at": "2024-01-01T00:00:00+00:00", "allowed_data_dirs": [str(server.directory)],
               # A cache that cannot be written makes the child log.
               "panel_cache": {"directory": "/proc/nowhere", "limit_bytes": 1, "min_free_bytes": 0},
               "memory_limit_bytes": 0}
        child = subprocess.Popen([server.binary, "attempt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"})
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        out, error = child.stdout.read(), child.stderr.read()
        child.stdin.close()
        child.wait(timeout=10)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(all("outcome" in line or "fraction" in line for line in lines), out)
        self.assertEqual(lines[-1]["outcome"], "completed", error)
        self.assertIn("panel cache", error)


if __name__ == "__main__":
    if "--binary" in sys.argv:
        at = sys.argv.index("--binary")
        BINARY = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main()
