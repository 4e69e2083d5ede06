#!/usr/bin/env python3
"""`backtest backup` and `restore`, on both stores: taken while runs are under way, put back elsewhere, and compared."""
import json
import pathlib
import subprocess
import tempfile
import unittest

import replicas
from replicas import ReplicasCase, assert_artifacts_match_their_manifest
from service import Service, policy, write_market


class Backups:
    """On self.running(), a server, and self.elsewhere(), settings of a place where nothing is yet."""

    def command(self, *arguments, environment):
        return subprocess.run([replicas.BINARY, *arguments], env=environment, capture_output=True, text=True, timeout=120,
                              cwd=self.directory)

    def test_a_backup_of_a_busy_service_is_put_back_whole(self):
        server = self.running()
        finished = [server.submit(policy(self.prices, name=f"b{i}")) for i in range(6)]
        for run_id in finished:
            self.assertEqual(server.wait_terminal(run_id)["status"], "completed")
        waiting = [server.submit(policy(self.prices, name=f"w{i}"), headers={"Idempotency-Key": f"w{i}"})
                   for i in range(10)]
        place = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-")) / "backup"
        made = self.command("backup", str(place), environment=self.environment_of(server))
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        self.assertEqual(self.command("backup", str(place), environment=self.environment_of(server)).returncode, 2)
        before = {run_id: server.get(f"/backtests/{run_id}/artifacts/trades.csv").body for run_id in finished}
        server.stop()

        target = self.elsewhere()
        put_back = self.command("restore", str(place), environment=self.environment_of(target))
        self.assertEqual(put_back.returncode, 0, put_back.stdout + put_back.stderr)
        again = self.command("restore", str(place), environment=self.environment_of(target))
        self.assertEqual(again.returncode, 2, again.stdout + again.stderr)
        target.start()
        for run_id in finished:
            self.assertEqual(target.get(f"/backtests/{run_id}/artifacts/trades.csv").body, before[run_id])
        for run_id in (*finished, *waiting):
            self.assertEqual(target.wait_terminal(run_id)["status"], "completed")
            assert_artifacts_match_their_manifest(self, target, run_id)
        reply = target.post("/backtests", {"config": policy(self.prices, name="w0")}, headers={"Idempotency-Key": "w0"})
        self.assertEqual(reply.json()["run_id"], waiting[0], "keys of submissions are of the store")
        target.stop()

    def test_damage_is_found_before_anything_is_written(self):
        server = self.running()
        run_id = server.submit(policy(self.prices, name="b"))
        server.wait_terminal(run_id)
        place = pathlib.Path(tempfile.mkdtemp(prefix="backtest-e2e-")) / "backup"
        self.assertEqual(self.command("backup", str(place), environment=self.environment_of(server)).returncode, 0)
        victim = place / "artifacts" / run_id / "trades.csv"
        sound = victim.read_bytes()
        target = self.elsewhere()
        for damage in (lambda: victim.write_bytes(sound[:-1] + b"x"), victim.unlink,
                       lambda: (place / "backup.json").unlink()):
            damage()
            done = self.command("restore", str(place), environment=self.environment_of(target))
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertFalse((target.directory / "results" / run_id).exists())
        # And of the live artifacts, when they are backed up.
        artifact, = (server.directory / "results" / run_id).rglob("trades.csv")
        artifact.write_bytes(sound[:-1] + b"x")
        bad = self.command("backup", str(place.parent / "bad"), environment=self.environment_of(server))
        self.assertEqual(bad.returncode, 1)
        self.assertIn(run_id, bad.stderr)
        self.assertFalse((place.parent / "bad" / "backup.json").exists())
        server.stop()


class OfPostgres(Backups, ReplicasCase):
    def running(self):
        self.migrated()
        return self.service(BACKTEST_LEASE_SECONDS="2").start()

    def environment_of(self, service):
        return {**service.environment, "BACKTEST_MIGRATE_DSN": service.environment["BACKTEST_POSTGRES_DSN"]}

    def elsewhere(self):
        self.cluster.sql("create database restored")
        self.addCleanup(lambda: self.cluster.sql("drop database if exists restored with (force)"))
        dsn = self.cluster.dsn()
        made = Service(replicas.BINARY, **{**self.service().environment,
                                           "BACKTEST_OUTPUT_DIR": str(pathlib.Path(tempfile.mkdtemp()) / "results")})
        made.directory = pathlib.Path(made.environment["BACKTEST_OUTPUT_DIR"]).parent
        import re
        made.environment["BACKTEST_POSTGRES_DSN"] = re.sub(r"dbname=\S+", "dbname=restored", dsn)
        made.environment["BACKTEST_LISTEN"] = made.address
        self.processes.append(made)
        return made


class OfSqlite(Backups, unittest.TestCase):
    def setUp(self):
        self.processes = []
        self.addCleanup(lambda: [p.process and p.process.poll() is None and p.kill() for p in self.processes])

    def made(self, directory=None, **environment):
        service = Service(replicas.BINARY, directory=directory, BACKTEST_LEASE_SECONDS="2", **environment)
        self.processes.append(service)
        return service

    def running(self):
        service = self.made()
        self.directory = service.directory
        self.prices = write_market(self.directory)
        return service.start()

    def environment_of(self, service):
        return service.environment

    def elsewhere(self):
        return self.made(BACKTEST_ALLOWED_DATA_DIRS=str(self.directory))


if __name__ == "__main__":
    replicas.main()
