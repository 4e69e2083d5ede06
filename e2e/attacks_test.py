#!/usr/bin/env python3
"""What an operator, a neighbour on the machine or a bad day may do to a running service, each in a few lines: the kinds
that once succeeded and those that never did. Whatever is done, the process goes on, what was accepted is completed, and
no answer shows what lies outside a run's directory.

| Kind | Must hold |
|---|---|
| a standard stream is closed, full or nobody's; no environment; the working directory is removed | runs complete |
| files may not grow, address space is short | an error, never the end of the process; runs complete once they may |
| the program's file is deleted or replaced while it runs, as an upgrade does | attempts go on with the build that runs |
| signals that mean nothing to the service | runs complete |
| artifacts of a completed run are cut, overwritten, deleted, links, pipes, directories | errors for that run alone |
| the directory of a run is removed or something else lies in its place, while it runs | that run is tried again; others complete |
| a config names a pipe, a socket, a device, a link outwards, a terabyte of nothing | that run fails with a reason, at once |
| the disk hangs | not ready, leases are kept, no run is claimed, runs complete afterwards |
| settings of the database that change what statements mean | runs complete, or the replica is not ready |
| the schema loses a function, a trigger, a table or its version | not ready; submissions are refused, not lost |
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import replicas
from replicas import ReplicasCase, wait_until
from service import SANITIZED, Service, policy, write_market


class Attacks(unittest.TestCase):
    def service(self, **options):
        made = Service(replicas.BINARY, **options)
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        self.prices = write_market(made.directory, bars=80, instruments=3)
        return made

    def start_by_shell(self, server, redirections, **options):
        with open(server.log_path, "ab") as log:
            server.process = subprocess.Popen(["sh", "-c", f'exec "{server.binary}" serve {redirections}'], stdout=log,
                                              stderr=log, stdin=subprocess.DEVNULL,
                                              **{"env": server.environment, "cwd": server.directory, **options})
        server.wait_ready()

    def check_complete(self, server, count=2, seconds=60):
        run_ids = [server.submit(policy(self.prices, name=f"a{i}")) for i in range(count)]
        for run_id in run_ids:
            record = server.wait_terminal(run_id, seconds)
            self.assertEqual(record["status"], "completed", record)
        self.assertIsNone(server.process.poll())
        return run_ids


class Process(Attacks):
    def test_standard_streams(self):
        for redirections in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-", "2>/dev/full", "2</dev/null"):
            with self.subTest(redirections):
                server = self.service(BACKTEST_LOG_LEVEL="debug")
                self.start_by_shell(server, redirections)
                for stream in "012":
                    self.assertNotIn("results", os.readlink(f"/proc/{server.process.pid}/fd/{stream}"))
                self.check_complete(server)
                server.stop()

    def test_standard_error_is_a_closed_socket(self):
        server = self.service(BACKTEST_LOG_LEVEL="debug")
        ours, theirs = socket.socketpair()
        server.process = subprocess.Popen([server.binary, "serve"], env=server.environment, stdin=subprocess.DEVNULL,
                                          stdout=theirs.fileno(), stderr=theirs.fileno(), cwd=server.directory)
        ours.close()
        theirs.close()
        server.log_path.touch()
        server.wait_ready()
        self.check_complete(server)
        server.stop()

    def test_no_environment_and_no_working_directory(self):
        server = self.service(TMPDIR="/nowhere")
        del server.environment["PATH"], server.environment["HOME"]
        gone = server.directory / "gone"
        gone.mkdir()
        self.start_by_shell(server, "", cwd=gone)
        gone.rmdir()
        self.check_complete(server)
        server.stop()

    def test_files_may_not_grow(self):
        server = self.service().start()
        limit = ["prlimit", f"--pid={server.process.pid}"]
        subprocess.run([*limit, "--fsize=1000:"], check=True)
        refused = [server.post("/backtests", {"config": policy(self.prices)}).status for _ in range(20)]
        self.assertIsNone(server.process.poll(), server.log_text()[-2000:])
        self.assertIn(503, refused)
        self.assertEqual(server.get("/healthz").status, 200)
        subprocess.run([*limit, "--fsize=unlimited:"], check=True)
        wait_until(lambda: server.get("/readyz").status == 200, 90, "ready")
        self.check_complete(server, seconds=120)
        server.stop()

    def test_address_space_is_short(self):
        server = self.service(BACKTEST_RUN_MEMORY_MB="0")
        server.prefix = ["prlimit", f"--as={700 << 20}"]
        if SANITIZED:
            self.skipTest("shadow memory knows no limit")
        server.start()
        self.check_complete(server)
        server.stop()

    def test_the_program_is_deleted_and_replaced(self):
        server = self.service()
        program = server.directory / "backtest"
        shutil.copy(replicas.BINARY, program)
        server.binary = str(program)
        server.start()
        program.unlink()
        self.check_complete(server)
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o755)
        self.check_complete(server)
        server.stop()

    def test_signals(self):
        server = self.service().start()
        for number in (*[signal.SIGHUP] * 100, signal.SIGCHLD, signal.SIGWINCH, signal.SIGPIPE, signal.SIGURG,
                       signal.SIGXFSZ, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            server.process.send_signal(number)
            server.process.send_signal(signal.SIGCONT)
        self.check_complete(server)
        server.stop()


class Files(Attacks):
    def damage(self, path, kind):
        size = path.stat().st_size
        if kind == "cut":
            os.truncate(path, size // 2)
        elif kind == "overwritten":
            path.write_bytes(os.urandom(size))
        else:
            path.unlink()
            if kind == "directory":
                path.mkdir()
            elif kind == "pipe":
                os.mkfifo(path)
            elif kind == "link":
                path.symlink_to("/etc/passwd")

    def test_artifacts_are_damaged(self):
        server = self.service().start()
        for kind in ("cut", "overwritten", "deleted", "directory", "pipe", "link"):
            with self.subTest(kind):
                run_id, = self.check_complete(server, 1)
                for path in list((server.directory / "results" / run_id).rglob("*")):
                    if path.is_file():
                        self.damage(path, kind)
                for resource in ("", "/status", "/summary", "/metrics/rolling", "/metrics/timeseries", "/trades", "/artifacts",
                                 "/artifacts/trades.csv", "/artifacts/tearsheet.html", "/artifacts/artifacts_manifest.json"):
                    reply = server.get(f"/backtests/{run_id}{resource}", timeout=10)
                    self.assertNotIn(b"root:", reply.body)
                    if resource in ("/summary", "/metrics/rolling"):
                        self.assertNotEqual(reply.status, 200, resource)
                self.assertIn(server.delete(f"/backtests/{run_id}").status, (200, 204))
                self.check_complete(server, 1)
        server.stop()

    def test_something_happens_to_the_directory_of_a_run(self):
        server = self.service(BACKTEST_MAX_CONCURRENT="1").start()
        results = server.directory / "results"
        large = write_market(server.directory, bars=3000, instruments=20)
        for kind in ("attempts removed", "all removed", "a link", "owner removed"):
            with self.subTest(kind):
                run_id = server.submit(policy(large, name="large"))
                wait_until(lambda: (results / run_id / "attempts").exists(), what="an attempt")
                if kind == "attempts removed":
                    shutil.rmtree(results / run_id / "attempts", ignore_errors=True)
                elif kind == "all removed":
                    shutil.rmtree(results / run_id, ignore_errors=True)
                elif kind == "a link":
                    (results / run_id).rename(server.directory / run_id)
                    (results / run_id).symlink_to(server.directory / run_id)
                else:
                    (results / ".run_store").unlink()
                self.check_complete(server, 1, seconds=90)
                record = server.wait_terminal(run_id, 90)
                if kind != "a link":
                    self.assertEqual(record["status"], "completed", record)
        server.stop()

    def test_something_else_lies_where_a_run_should(self):
        server = self.service(BACKTEST_MAX_CONCURRENT="1").start()
        (server.directory / "results" / "BLOCKED").write_text("not a directory")
        (server.directory / "results" / "LINKED").symlink_to(server.directory)
        for run_id in ("BLOCKED", "LINKED"):
            self.assertEqual(server.post("/backtests", {"config": policy(self.prices), "run_id": run_id}).status, 202)
        self.check_complete(server, 3, seconds=20)
        for run_id in ("BLOCKED", "LINKED"):
            record = server.wait_terminal(run_id, 60)
            self.assertEqual((record["status"], record["error_code"]), ("failed", "machine_fault"), record)
        self.assertEqual(server.get("/readyz").status, 200)
        self.assertFalse((server.directory / "attempts").exists())
        server.stop()

    def test_sources_that_are_no_files(self):
        server = self.service(BACKTEST_MAX_CONCURRENT="2").start()
        at = server.directory
        os.mkfifo(at / "pipe.csv")
        (at / "directory.csv").mkdir()
        (at / "empty.csv").touch()
        (at / "outwards.csv").symlink_to("/etc/passwd")
        (at / "loop.csv").symlink_to(at / "loop.csv")
        (at / "zeros.csv").symlink_to("/dev/zero")
        with open(at / "terabyte.csv", "wb") as file:
            file.truncate(1 << 40)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(at / "socket.csv"))
        (at / "line.csv").write_bytes(b"date,symbol,close\n" + b"9" * (80 << 20))
        (at / "nul.csv").write_bytes(b"date,symbol,open,high,low,close,volume\n" + b"\0" * 100_000)
        (at / "utf16.csv").write_bytes("date,symbol".encode("utf-16"))
        (at / "noise.parquet").write_bytes(b"PAR1" + os.urandom(1000) + b"PAR1")
        names = ("pipe.csv", "directory.csv", "empty.csv", "outwards.csv", "loop.csv", "zeros.csv", "terabyte.csv",
                 "socket.csv", "line.csv", "nul.csv", "utf16.csv", "noise.parquet", "missing.csv", "../etc/passwd",
                 "/proc/self/environ", "/dev/stdin", "x\0y")
        for name in names:
            with self.subTest(name):
                reply = server.post("/backtests", {"config": policy(at / name if name[0] != "/" else name)})
                if reply.status == 202:
                    record = server.wait_terminal(reply.json()["run_id"], 60)
                    self.assertEqual((record["status"], record["error_code"]), ("failed", "invalid_input"), record)
                    self.assertTrue(record["error"])
                else:
                    self.assertEqual(reply.status, 400, reply.body)
        self.check_complete(server)
        server.stop()

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_the_disk_hangs(self):
        image = pathlib.Path(tempfile.mkdtemp(prefix="backtest-disk-"))
        with open(image / "image", "wb") as file:
            file.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", image / "image"], check=True)
        mounted = image / "mounted"
        mounted.mkdir()
        if subprocess.run(["mount", "-o", "loop", image / "image", mounted], capture_output=True).returncode != 0:
            self.skipTest("no loop devices here")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", mounted], check=False))
        elsewhere = tempfile.mkdtemp(prefix="backtest-e2e-")
        server = self.service(BACKTEST_OUTPUT_DIR=str(mounted), BACKTEST_DB_PATH=f"{elsewhere}/runs.sqlite3",
                              BACKTEST_MIN_FREE_DISK_MB="8").start()
        self.check_complete(server, 1)
        subprocess.run(["fsfreeze", "--freeze", mounted], check=True)
        try:
            wait_until(lambda: server.get("/readyz").status == 503, 10, "not ready")
            waiting = [server.submit(policy(self.prices, name=f"w{i}")) for i in range(3)]
            time.sleep(5)
            for run_id in waiting:
                self.assertEqual(server.get(f"/backtests/{run_id}/status").json()["status"], "queued")
            self.assertEqual(server.get("/metrics").status, 200)
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", mounted], check=True)
        for run_id in waiting:
            record = server.wait_terminal(run_id, 60)
            self.assertEqual((record["status"], record["attempts"]), ("completed", 1), record)
        server.stop()


MEANINGS = ("default_transaction_isolation = 'serializable'", "default_transaction_isolation = 'repeatable read'",
            "search_path = ''", "datestyle = 'German, DMY'", "intervalstyle = 'iso_8601'", "timezone = 'Pacific/Kiritimati'",
            "standard_conforming_strings = off", "bytea_output = 'escape'", "extra_float_digits = -15",
            "client_encoding = 'LATIN1'", "idle_in_transaction_session_timeout = '10ms'", "row_security = off",
            "array_nulls = off", "quote_all_identifiers = on", "transform_null_equals = on", "synchronous_commit = off",
            "default_transaction_deferrable = on", "plan_cache_mode = force_custom_plan", "enable_indexscan = off",
            "session_replication_role = replica")
# The function that this schema's programs call; one of the same name serves those of before.
DAMAGE = (("do $$ begin execute (select 'alter function ' || oid::regprocedure || ' rename to x' from pg_proc "
           "where proname = 'submit_run' order by pronargs desc limit 1); end $$",
           "alter function backtest.x rename to submit_run"),
          ("alter table backtest.runs disable trigger enqueue_inserted_run",
           "alter table backtest.runs enable trigger enqueue_inserted_run"),
          ("update backtest.schema_version set oldest_compatible = 99",
           "update backtest.schema_version set oldest_compatible = 7"),
          ("alter schema backtest rename to x", "alter schema x rename to backtest"),
          ("alter table backtest.run_queue rename to x", "alter table backtest.x rename to run_queue"))


class Database(ReplicasCase):
    def setUp(self):
        super().setUp()
        self.migrated()

    def check_complete(self, server, count=2):
        for run_id in [server.submit(policy(self.prices, name=f"d{i}")) for i in range(count)]:
            self.assertEqual(server.wait_terminal(run_id)["status"], "completed")

    def test_settings_change_what_statements_mean(self):
        for setting in MEANINGS:
            with self.subTest(setting):
                self.cluster.sql(f"alter database postgres set {setting}")
                server = self.service().start(wait_ready=False)
                try:
                    if setting.startswith("session_replication_role"):
                        time.sleep(3)
                        self.assertEqual(server.get("/readyz").status, 503)
                    else:
                        server.wait_ready()
                        self.check_complete(server)
                finally:
                    self.cluster.sql(f"alter database postgres reset {setting.split()[0]}")
                    server.kill()

    def test_the_schema_is_damaged(self):
        server = self.service().start()
        for spoil, mend in DAMAGE:
            with self.subTest(spoil):
                self.cluster.sql(spoil)
                wait_until(lambda: server.get("/readyz").status == 503, 5, "not ready")
                self.cluster.sql(mend)
                wait_until(lambda: server.get("/readyz").status == 200, 10, "ready")
                self.check_complete(server)
        server.stop()

    def test_a_replica_alone_stays_alone_when_the_database_restarts(self):
        alone = self.service(BACKTEST_OUTPUT_SHARED="false").start()
        self.cluster.crash_and_start()
        alone.wait_ready(30)
        wait_until(lambda: self.cluster.sql("select 1 from pg_locks where locktype = 'advisory' and objid = "
                                            f"{727130450923 & 0xffffffff}"), 10, "the lock is taken again")
        second = self.service(BACKTEST_OUTPUT_SHARED="false", BACKTEST_OUTPUT_DIR=str(self.directory / "other"))
        second.start(wait_ready=False)
        self.assertEqual(second.process.wait(timeout=30), 2, second.log_text()[-500:])
        self.assertIn("BACKTEST_OUTPUT_SHARED", second.log_text())
        self.check_complete(alone)
        alone.stop()


if __name__ == "__main__":
    replicas.main()
