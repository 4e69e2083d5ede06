#!/usr/bin/env python3
# Alone: it fills disks, cuts networks and starves the machine of threads.
"""Faults of the machine and the network. replicas.py has the criteria that hold after each. Needs root.

| Fault | Must hold besides |
|---|---|
| packets between a worker and the database are dropped for longer than its lease | another worker ends its runs; it fences itself, and works again within 30 s of the network's return |
| packets between an API and the database are dropped | not ready within 5 s; a submission is refused with 503 within 30 s, not acknowledged; ready again within 30 s |
| the clocks of workers and APIs are an hour ahead, behind, and jump while runs are running | no lease is lost by it, no second attempt; every time of a record is the database's |
| the database's disk is full | submissions are refused with 503 store_unavailable, readiness says so while the database is down, no acknowledged run is lost, and runs are accepted again once there is room |
| the disk of output and SQLite file is full | the same, in SQLite mode; readiness says that disk space is low |
"""
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import replicas
from postgres_cluster import Cluster
from replicas import (ReplicasCase, Submissions, assert_artifacts_match_their_manifest, attempts_of, hold_a_child,
                      slow_market, wait_until)
from service import Service, policy, write_market

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Namespace:
    """A network namespace of its own with nothing but loopback, whose packets can be dropped."""

    def __init__(self):
        self.name = f"backtest-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.enter = ["ip", "netns", "exec", self.name]
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command):
        subprocess.run([*self.enter, *command], check=True)

    def drop(self, is_dropping):
        """Packets of PostgreSQL's port, in both directions, without a word to either side."""
        for side in ("--dport", "--sport"):
            self.run("iptables", "-A" if is_dropping else "-D", "INPUT", "-p", "tcp", side, "5432", "-j", "DROP")

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], check=True)


class SmallDisk:
    def __init__(self, megabytes):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-disk-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", self.directory], check=True)
        self.ballast = self.directory / "ballast"

    def fill(self):
        with open(self.ballast, "ab", buffering=0) as file:
            for block in (1 << 20, 4096):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError:
                    pass

    def free(self):
        self.ballast.unlink()

    def remove(self):
        subprocess.run(["umount", "-l", self.directory], check=True)
        self.directory.rmdir()


@unittest.skipUnless(os.geteuid() == 0, "namespaces need root")
class Partition(ReplicasCase):
    @classmethod
    def make_cluster(cls):
        cls.namespace = Namespace()
        cls.addClassCleanup(cls.namespace.remove)
        # Path sockets cross namespaces: whoever uses one sees the database all the time.
        return Cluster(settings=["listen_addresses=127.0.0.1"], prefix=cls.namespace.enter)

    inside = "host=127.0.0.1 port=5432 dbname=postgres user=postgres"

    def setUp(self):
        super().setUp()
        self.migrated()

    def test_between_a_worker_and_the_database(self):
        api = self.api().start()
        cut_off = self.service("worker", prefix=self.namespace.enter, BACKTEST_POSTGRES_DSN=self.inside).start()
        run_ids = [api.submit(policy(slow_market(self.directory), name="cut-off"))]
        hold_a_child(cut_off)
        self.namespace.drop(True)
        try:
            wait_until(lambda: not attempts_of(cut_off.process.pid), 3, "the fence")
            other = self.worker().start()
            run_ids += [api.submit(policy(self.prices, name=f"meanwhile{i}")) for i in range(3)]
            self.assert_settled(api, run_ids)
            other.stop()
        finally:
            self.namespace.drop(False)
        start = time.time()
        self.assert_settled(api, [api.submit(policy(self.prices, name="afterwards"))], seconds=30)
        print(f"the worker was back after {time.time() - start:.1f} s", flush=True)
        self.assertEqual(self.cluster.sql("select count(*) from backtest.run_records where attempts > 2"), "0")

    def test_between_the_api_and_the_database(self):
        # HTTP reaches a process inside from inside only; its metrics tell of it. So the API stays outside and asks through
        # a forwarder inside, whose packets are dropped.
        forwarder = subprocess.Popen([*self.namespace.enter, sys.executable, "-c", FORWARDER, str(self.directory)])
        self.addCleanup(forwarder.wait)
        self.addCleanup(forwarder.kill)
        wait_until(lambda: (self.directory / ".s.PGSQL.5432").exists(), what="the forwarder")
        api = self.api(BACKTEST_POSTGRES_DSN=f"host={self.directory} dbname=postgres user=postgres").start()
        self.worker().start()
        run_ids = [api.submit(policy(self.prices, name=f"before{i}")) for i in range(3)]
        self.namespace.drop(True)
        try:
            start = time.time()
            wait_until(lambda: api.get("/readyz").status == 503, 5, "not ready")
            self.assertEqual(api.get("/healthz").status, 200)
            refused = api.post("/backtests", {"config": policy(self.prices, name="cut-off")}, timeout=60)
            self.assertEqual((refused.status, refused.json()["code"]), (503, "store_unavailable"))
            self.assertIn("retry-after", refused.headers)
            self.assertLess(time.time() - start, 35)
        finally:
            self.namespace.drop(False)
        api.wait_ready(seconds=30)
        run_ids.append(api.submit(policy(self.prices, name="afterwards")))
        self.assert_settled(api, run_ids)


# A Unix socket in front of the TCP port.
FORWARDER = """
import socket, sys, threading
def pump(source, target):
    try:
        while data := source.recv(65536): target.sendall(data)
    except OSError: pass
    for end in (source, target):
        try: end.shutdown(socket.SHUT_RDWR)
        except OSError: pass
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + "/.s.PGSQL.5432")
listener.listen(64)
def serve(client):
    try: server = socket.create_connection(("127.0.0.1", 5432))
    except OSError: return client.close()
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""


@unittest.skipUnless(pathlib.Path(FAKETIME).exists(), "no faketime: ./dev setup")
class Clocks(ReplicasCase):
    def setUp(self):
        super().setUp()
        self.migrated()

    def shifted(self, offset):
        file = self.directory / f"clock{offset}"
        file.write_text(offset)
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def test_an_hour_ahead_and_behind_and_a_jump_while_runs_are_running(self):
        start = datetime.datetime.now(datetime.timezone.utc)
        ahead, behind = self.api(**self.shifted("+3600")).start(), self.api(**self.shifted("-3600")).start()
        date = ahead.get("/healthz").headers.get("date")
        if date:
            print(f"the one ahead says {date}", flush=True)
        workers = [self.worker(**self.shifted(offset)).start() for offset in ("+3600", "-3600")]
        jumping = self.shifted("+0")
        workers.append(self.worker(**jumping).start())
        run_ids = [api.submit(policy(self.prices, name=f"clock{i}{api.port}")) for i in range(4)
                   for api in (ahead, behind)]
        # One run of the third worker is held while its worker's clock jumps, for longer than a lease without renewals.
        slow = slow_market(self.directory)
        jumps = [ahead.submit(policy(slow, name=f"jump{i}")) for i in range(20)]
        held = hold_a_child(workers[2])
        for offset in ("+3600", "-3600"):
            pathlib.Path(jumping["FAKETIME_TIMESTAMP_FILE"]).write_text(offset)
            time.sleep(1.3)
        os.kill(held, signal.SIGCONT)
        self.assert_settled(ahead, run_ids + jumps)
        self.assert_settled(behind, run_ids + jumps)
        self.assertEqual(self.cluster.sql("select sum(lost_attempts + failed_attempts), max(attempts) from backtest.run_records"),
                         "0|1")
        outside = self.cluster.sql(f"select count(*) from backtest.runs where submitted_at < '{start.isoformat()}' or "
                                   "not submitted_at <= started_at or not started_at < completed_at or completed_at > now()")
        self.assertEqual(outside, "0")
        with_lead = subprocess.run(["faketime", "-f", "+1h", "date", "-u", "+%H"], capture_output=True, text=True).stdout
        self.assertNotEqual(with_lead.strip(), datetime.datetime.now(datetime.timezone.utc).strftime("%H"))
        for process in (*workers, ahead, behind):
            process.stop()


@unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
class DatabaseDiskFull(ReplicasCase):
    @classmethod
    def make_cluster(cls):
        cls.disk = SmallDisk(96)
        cls.addClassCleanup(cls.disk.remove)
        shutil.chown(cls.disk.directory, "postgres")
        return Cluster(data=cls.disk.directory, initdb=["--wal-segsize=1"],
                       settings=["min_wal_size=2MB", "max_wal_size=4MB"])

    def test_no_acknowledged_run_is_lost(self):
        self.migrated()
        api, worker = self.api().start(), self.worker().start()
        run_ids = [api.submit(policy(self.prices, name=f"before{i}")) for i in range(5)]
        self.disk.fill()
        load = Submissions(api, self.prices, "full", every=0.01)
        wait_until(lambda: len(load.refused) >= 20, 60, "a refusal")
        was_down = not self.cluster.is_running()
        if was_down:
            wait_until(lambda: api.get("/readyz").status == 503, 5, "not ready")
        print(f"PostgreSQL {'went down' if was_down else 'refused writes'} on the full disk", flush=True)
        self.disk.free()
        if not self.cluster.is_running():
            self.cluster.start()
        api.wait_ready(seconds=15)
        wait_until(lambda: api.post("/backtests", {"config": policy(self.prices)}).status == 202, 10, "accepted again")
        run_ids += load.stop()
        for reply in load.refused:
            self.assertEqual((reply.status, reply.json()["code"]), (503, "store_unavailable"))
        self.assert_settled(api, run_ids, may_fail=True)
        for process in (api, worker):
            process.stop()


@unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
class EmbeddedStoreDiskFull(unittest.TestCase):
    def test_no_acknowledged_run_is_lost(self):
        # Room for every run that is accepted while the test lasts, however fast the machine: only the ballast fills it.
        disk = SmallDisk(512)
        self.addCleanup(disk.remove)
        server = Service(replicas.BINARY, directory=disk.directory, BACKTEST_LEASE_SECONDS="1",
                         BACKTEST_MIN_FREE_DISK_MB="8")
        prices = write_market(disk.directory)
        server.start()
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        run_ids = [server.submit(policy(prices, name=f"before{i}")) for i in range(10)]
        load = Submissions(server, prices, "full", every=0.01)
        time.sleep(0.3)
        disk.fill()
        wait_until(lambda: len(load.refused) >= 20, 60, "a refusal")
        # The store may be the first to say that it cannot write.
        wait_until(lambda: "disk space is low" in server.get("/readyz").body.decode(), 5, "readiness that names the disk")
        self.assertEqual(server.get("/readyz").status, 503)
        self.assertEqual(server.get("/backtests?limit=5").status, 200)
        disk.free()
        server.wait_ready(seconds=15)
        wait_until(lambda: server.post("/backtests", {"config": policy(prices)}).status == 202, 10, "accepted again")
        run_ids += load.stop()
        for reply in load.refused:
            self.assertEqual((reply.status, reply.json()["code"]), (503, "store_unavailable"))
        for run_id in run_ids:
            record = server.wait_terminal(run_id, seconds=120)
            self.assertEqual(record["status"], "completed", record)
            assert_artifacts_match_their_manifest(self, server, run_id)
        server.stop()


if __name__ == "__main__":
    replicas.main()
