#!/usr/bin/env python3
"""Artifacts in object storage (Azurite, S3 on moto): replicas with a disk of their own each, any of which serves every
run, whichever process dies; places that configs name; what losers left is collected there."""
import hashlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import replicas
from azurite import OnAzurite
from moto import Moto
from postgres_data_test import load_prices
from replicas import ReplicasCase, Submissions, assert_artifacts_match_their_manifest, kill_with_its_disk
from service import Service, policy, write_market

ROOT = pathlib.Path(__file__).resolve().parents[1]
WRITER = ROOT / ".deps" / "delta" / "bin" / "python3"
WRITE_DELTA = """
import sys
import pyarrow.csv
from deltalake import write_deltalake
write_deltalake(sys.argv[2], pyarrow.csv.read_csv(sys.argv[1]))
"""
HOME, ELSEWHERE = "platinum/backtests", "gold/team/results"


class OwnDisks(OnAzurite):
    """Every process has an output directory of its own."""

    def setUp(self):
        super().setUp()
        self.disks = []

    def tearDown(self):
        super().tearDown()
        for disk in self.disks:
            shutil.rmtree(disk, ignore_errors=True)

    def storage(self):
        self.disks.append(tempfile.mkdtemp(prefix="backtest-disk-"))
        return {"BACKTEST_OUTPUT_DIR": self.disks[-1], "BACKTEST_ADLS_RUNS_DIR": self.place,
                "BACKTEST_OUTPUT_SHARED": "false", "AZURE_STORAGE_CONNECTION_STRING": self.azurite.connection_string}

    @property
    def place(self):
        return f"{HOME}/{self.id().rsplit('.', 1)[-1]}"  # of this test alone: one place has one run store

    def check_results(self, reader, run_id):
        assert_artifacts_match_their_manifest(self, reader, run_id)
        for page in ("summary", "metrics/timeseries", "metrics/rolling", "trades"):
            for source in ("auto", "adls"):
                self.assertEqual(reader.get(f"/backtests/{run_id}/{page}?source={source}").status, 200, page)
            self.assertEqual(reader.get(f"/backtests/{run_id}/{page}?source=local").status, 404, page)
        whole = reader.get(f"/backtests/{run_id}/artifacts/trades.csv").body
        part = reader.get(f"/backtests/{run_id}/artifacts/trades.csv", headers={"Range": "bytes=5-24"})
        self.assertEqual((part.status, part.body), (206, whole[5:25]))
        listed = reader.get(f"/backtests/{run_id}/artifacts?remote=true").json()
        self.assertEqual((listed["local"], listed["remote_error"]), ([], None))
        names = {entry["name"] for entry in listed["remote"]}
        self.assertLess({"summary.json", "trades.csv", "artifacts_manifest.json"}, names)
        manifest = reader.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").json()
        record = reader.get(f"/backtests/{run_id}/status").json()
        self.assertEqual((manifest["container"], manifest["prefix"]), (record["adls_container"], record["adls_prefix"]))
        self.assertTrue(record["adls_prefix"].endswith(f"/{run_id}"))


class OnPostgres(OwnDisks, ReplicasCase):
    def service(self, command="serve", **environment):
        return super().service(command, **{**self.storage(), **environment})

    def remote_tables(self):
        """Prices in a Delta table of another container, signals in PostgreSQL: what a config says to read them."""
        table = self.directory / "prices.delta"
        subprocess.run([WRITER, "-c", WRITE_DELTA, self.prices, table], check=True)
        for path in table.rglob("*"):
            if path.is_file():
                self.azurite.put("silver", f"prices.delta/{path.relative_to(table)}", path.read_bytes())
        self.cluster.sql("drop schema if exists market cascade")
        load_prices(self.cluster, self.prices)
        self.cluster.sql("insert into ranking.composite_signal_daily select date, to_char(date, 'YYYY-MM'), symbol,"
                         " rank() over (partition by date order by close) / 6.0, 1, 1, 1 from market.prices")
        return {"data": {"price_source": "ADLS", "price_path": "silver/prices.delta", "signal_source": "postgres"},
                "strategy": {"class": "TopNSignalStrategy",
                             "parameters": {"signal_column": "composite_percentile", "top_n": 2}}}

    def test_any_process_may_die_and_any_replica_serves(self):
        self.migrated()
        tables = self.remote_tables()
        reads = {"BACKTEST_DATA_POSTGRES_DSN": self.cluster.dsn()}
        api = self.api(**reads).start()
        workers = [self.worker(**reads).start(), self.worker(**reads).start()]
        submissions = Submissions(api, self.prices, "cloud", every=0.8, **tables)
        for victim in (workers[0], api, workers[1]):
            time.sleep(2)
            kill_with_its_disk(victim)
            victim.start()
        time.sleep(1)
        acknowledged = submissions.stop()
        self.assertGreater(len(acknowledged), 5)
        reader = self.api().start()  # on an empty disk
        self.assert_settled(reader, acknowledged)
        self.check_results(reader, acknowledged[0])

    def test_a_config_names_its_place(self):
        self.migrated()
        api, worker = self.api().start(), self.worker().start()
        config = policy(self.prices, output={"adls_dir": f"{ELSEWHERE}/a"})
        run_id = api.submit(config)
        record = api.wait_terminal(run_id)
        self.assertEqual(record["status"], "completed", record)
        self.assertEqual((record["adls_container"], record["adls_prefix"]), ("gold", f"team/results/a/{run_id}"))
        reader = self.api().start()
        self.check_results(reader, run_id)
        resolved = reader.get(f"/backtests/{run_id}/artifacts/config.resolved.json").json()
        self.assertNotIn("team/results", json.dumps(resolved))
        other = api.submit(policy(self.prices))
        api.wait_terminal(other)
        hashes = {run: reader.get(f"/backtests/{run}").json()["config_sha256"] for run in (run_id, other)}
        self.assertEqual(hashes[run_id], hashes[other])
        for wrong in ("nowhere/x", "abfss://gold@theirs.dfs.core.windows.net/x", "gold", "ftp://gold/x"):
            reply = api.post("/backtests", {"config": policy(self.prices, output={"adls_dir": wrong})})
            self.assertEqual(reply.status, 400, reply.body)
            self.assertIn("output.adls_dir", reply.body.decode())
        self.assertEqual(api.delete(f"/backtests/{run_id}").status, 204)
        self.assertEqual(reader.get(f"/backtests/{run_id}/status").status, 404)

    def test_gc_collects_what_losers_left_there(self):
        self.migrated()
        api, worker = self.api(BACKTEST_GC_MIN_AGE_SECONDS="0").start(), self.worker().start()
        # An upload from the command line has the form of an attempt; that the run then is somebody else's makes it lost.
        path = self.directory / "uploaded.json"
        path.write_text(json.dumps(policy(self.prices, output={"adls_dir": self.place, "local_dir": str(self.directory)})))
        uploaded = subprocess.run([replicas.BINARY, "run", str(path), "--run-id", "mine", "--json"], text=True,
                                  capture_output=True, env=api.environment)
        self.assertEqual(uploaded.returncode, 0, uploaded.stderr)
        self.assertTrue(json.loads(uploaded.stdout)["uploaded_to"].endswith(f"{self.place}/mine"))
        again = subprocess.run([replicas.BINARY, "run", str(path), "--run-id", "mine", "--output-dir", self.disks[0]],
                               capture_output=True, text=True, env=api.environment)
        self.assertEqual(again.returncode, 2, again.stderr)
        self.assertIn("output.adls_dir", again.stderr)
        run_id = api.submit(policy(self.prices), run_id="mine")
        self.assertEqual(api.wait_terminal(run_id)["status"], "completed")
        collected = subprocess.run([replicas.BINARY, "gc"], capture_output=True, text=True, env=api.environment)
        self.assertEqual(collected.returncode, 0, collected.stderr)
        self.assertIn("1 lost attempts", collected.stdout)
        self.check_results(self.api().start(), run_id)

    def test_check_looks_at_the_storage(self):
        self.migrated()
        api = self.api()
        checked = subprocess.run([replicas.BINARY, "check"], capture_output=True, text=True, env=api.environment)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assertRegex(checked.stdout, r"ok +artifact storage")
        gone = {**api.environment, "AZURE_STORAGE_CONNECTION_STRING":
                re.sub(r"(127\.0\.0\.1):[0-9]+", r"\1:1", api.environment["AZURE_STORAGE_CONNECTION_STRING"])}
        failed = subprocess.run([replicas.BINARY, "check"], capture_output=True, text=True, env=gone)
        self.assertEqual(failed.returncode, 1)
        self.assertRegex(failed.stdout, r"FAIL +artifact storage")


class OnSqlite(OwnDisks, unittest.TestCase):
    def setUp(self):
        self.processes = []
        self.directory = Service(replicas.BINARY).directory
        self.prices = write_market(self.directory)
        super().setUp()

    def tearDown(self):
        for process in self.processes:
            if process.process and process.process.poll() is None:
                process.kill()
        super().tearDown()

    def service(self, **environment):
        made = Service(replicas.BINARY, directory=self.directory, BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"),
                       **{**self.storage(), **environment})
        self.processes.append(made)
        return made

    def test_a_restart_on_an_empty_disk_serves_what_was_before(self):
        first = self.service().start()
        run_id = first.submit(policy(self.prices))
        self.assertEqual(first.wait_terminal(run_id)["status"], "completed")
        first.kill(signal.SIGKILL)
        second = self.service().start()
        self.check_results(second, run_id)
        self.assertEqual(hashlib.sha256(second.get(f"/backtests/{run_id}/artifacts/trades.csv").body).hexdigest(),
                         next(entry["sha256"] for entry in second.get(
                             f"/backtests/{run_id}/artifacts/artifacts_manifest.json").json()["files"]
                             if entry["name"] == "trades.csv"))

    def test_runs_from_before_the_switch_stay_on_the_disk(self):
        local = self.service(BACKTEST_ADLS_RUNS_DIR="")
        disk = local.environment["BACKTEST_OUTPUT_DIR"]
        local.start()
        before = local.submit(policy(self.prices))
        local.wait_terminal(before)
        refused = local.post("/backtests", {"config": policy(self.prices, output={"adls_dir": "gold/x"})})
        self.assertEqual(refused.status, 400)
        self.assertIn("BACKTEST_ARTIFACT_STORE", refused.body.decode())
        local.stop()
        switched = self.service(BACKTEST_OUTPUT_DIR=disk).start()
        after = switched.submit(policy(self.prices))
        switched.wait_terminal(after)
        self.check_results(switched, after)
        assert_artifacts_match_their_manifest(self, switched, before)
        self.assertEqual(switched.get(f"/backtests/{before}/summary?source=local").status, 200)
        self.assertEqual(switched.get(f"/backtests/{before}/summary?source=adls").status, 404)

    def test_a_backup_brings_back_what_the_container_has_lost(self):
        server = self.service().start()
        run_ids = [server.submit(policy(self.prices)),
                   server.submit(policy(self.prices, output={"adls_dir": ELSEWHERE + "/kept"}))]
        for run_id in run_ids:
            self.assertEqual(server.wait_terminal(run_id)["status"], "completed")
        manifests = [server.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").body for run_id in run_ids]
        kept = self.directory / "kept"

        def command(*words):
            return subprocess.run([replicas.BINARY, *words], capture_output=True, text=True, env=server.environment)

        made = command("backup", str(kept))
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        server.stop()
        again = command("restore", str(kept))
        self.assertEqual(again.returncode, 2, again.stdout)
        (self.directory / "runs.sqlite3").unlink()
        for place in (self.place, ELSEWHERE + "/kept"):
            container, path = place.split("/", 1)
            for name in self.azurite.names(container, path + "/"):
                self.azurite.request("DELETE", f"{container}/{name}")
        server.environment.update(self.storage())
        put_back = command("restore", str(kept))
        self.assertEqual(put_back.returncode, 0, put_back.stdout + put_back.stderr)
        reader = self.service().start()
        for run_id, manifest in zip(run_ids, manifests):
            self.check_results(reader, run_id)
            self.assertEqual(reader.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").body, manifest)


class OnS3(unittest.TestCase):
    """The same client on the other service: prices are read from one bucket, artifacts written to another."""

    def setUp(self):
        self.moto = Moto()
        self.addCleanup(self.moto.stop)
        self.directory = Service(replicas.BINARY).directory
        self.prices = write_market(self.directory)
        self.moto.put("market")
        self.moto.put("market/eod/prices.csv", self.prices.read_bytes())

    def service(self):
        disk = tempfile.mkdtemp(dir=self.directory)
        made = Service(replicas.BINARY, self.directory, BACKTEST_OUTPUT_DIR=disk, AWS_ACCESS_KEY_ID="id",
                       AWS_SECRET_ACCESS_KEY="secret-of-s3", AWS_ENDPOINT_URL_S3=self.moto.endpoint,
                       BACKTEST_S3_BUCKET_ALLOWLIST="market,results", BACKTEST_S3_WRITE_ALLOWLIST="results",
                       BACKTEST_ADLS_RUNS_DIR="s3://results/team", BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        return made.start()

    def test_a_run_reads_and_writes_buckets_and_another_process_serves_it(self):
        first = self.service()
        config = policy("s3://market/eod/prices.csv")
        config["data"]["price_source"] = "s3"
        run_ids = [first.submit(config), first.submit(policy(self.prices))]
        records = [first.wait_terminal(run_id) for run_id in run_ids]
        for record in records:
            self.assertEqual(record["status"], "completed", record)
            self.assertEqual((record["adls_container"], record["adls_prefix"]),
                             ("s3://results", f"team/{record['run_id']}"))
        first.kill(signal.SIGKILL)
        second = self.service()  # on an empty disk
        hashes = set()
        for run_id in run_ids:
            assert_artifacts_match_their_manifest(self, second, run_id)
            hashes.add(second.get(f"/backtests/{run_id}/summary").json()["result_sha256"])
            listed = second.get(f"/backtests/{run_id}/artifacts?remote=true").json()
            self.assertEqual((listed["local"], listed["remote_error"]), ([], None))
        self.assertEqual(len(hashes), 1, "the table of the bucket is that of the disk")
        for wrong in ("s3://elsewhere/prices.csv", "market/prices.csv"):
            config["data"].update(price_path=wrong, price_source="auto" if "://" in wrong else "ADLS")
            self.assertEqual(second.post("/backtests", {"config": config}).status, 400, wrong)
        self.assertEqual(second.delete(f"/backtests/{run_ids[0]}").status, 204)
        self.assertEqual(second.get(f"/backtests/{run_ids[0]}/status").status, 404)
        self.assertNotIn("secret-of-s3", first.log_text() + second.log_text())


if __name__ == "__main__":
    replicas.main()
