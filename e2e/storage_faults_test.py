#!/usr/bin/env python3
"""Runs whose every request to object storage meets a fault once: records, artifacts, prices in a file and prices in a Delta
table, all there. And an upload or a table that stays out of reach. postgres_data_faults_test.py does the same to tables of a
database."""
import hashlib
import json
import pathlib
import random
import re
import subprocess
import tempfile
import unittest
import urllib.parse

import script
from azurite import ACCOUNT, OnAzurite, connection_string
from replicas import assert_artifacts_match_their_manifest, wait_until
from service import Service, policy, write_market
from storage_proxy import FAULTS, StorageProxy

BINARY, SEED = None, 0
MOST_TRIES = 8  # of the client, for one request
ROOT = pathlib.Path(__file__).resolve().parents[1]
WRITER = ROOT / ".deps" / "delta" / "bin" / "python3"
STALL_S = 32  # the client gives one try 30 s
# What no fault may change; the other artifacts name their run or its table.
RESULTS = ("trades.csv", "daily_metrics.csv", "daily_positions.parquet")


class StorageFaults(OnAzurite, unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="backtest-storage-faults-"))
        self.prices = write_market(self.directory)
        self.azurite.put("market", "prices.csv", self.prices.read_bytes())

    def service(self, endpoint, **changes):
        disk = tempfile.mkdtemp(dir=self.directory)
        made = Service(BINARY, self.directory, AZURE_STORAGE_CONNECTION_STRING=connection_string(endpoint),
                       BACKTEST_ADLS_CONTAINER_ALLOWLIST="market,records", BACKTEST_LEASE_SECONDS="20",
                       BACKTEST_ADLS_RUNS_DIR=f"records/{self.id().rsplit('.', 1)[-1]}", BACKTEST_OUTPUT_DIR=disk,
                       **{"BACKTEST_RUN_STORE_MODE": "adls", **changes})
        made.disk = pathlib.Path(disk)
        self.addCleanup(lambda: made.process and made.process.poll() is None and made.kill())
        made.start(wait_ready=False)
        made.wait_ready(seconds=60)
        return made

    def proxy(self, fault_of, **options):
        made = StorageProxy(self.azurite.port, fault_of, **options)
        self.addCleanup(made.stop)
        made.endpoint = f"http://127.0.0.1:{made.port}/{ACCOUNT}"
        return made

    def config(self, name):
        config = policy("market/prices.csv", name=name)
        config["data"]["price_source"] = "ADLS"
        return config

    def test_each_request_of_a_run_meets_a_fault_and_nothing_is_lost_doubled_or_damaged(self):
        generator, spoiling = random.Random(SEED), []

        def fault_of(method, target, tries):
            # The first of each, and some that were spoilt before.
            return generator.choice(FAULTS) if spoiling and (tries == 1 or generator.random() < 0.1) else None

        proxy = self.proxy(fault_of)
        spoilt = self.service(proxy.endpoint, BACKTEST_MAX_CONCURRENT="4")
        proxy.tries.clear()
        spoiling.append(True)
        run_ids = [spoilt.submit(self.config(f"spoilt {i}"), headers={"Idempotency-Key": f"{i}"}) for i in range(2)]
        for run_id in run_ids:
            record = spoilt.wait_terminal(run_id, 120)
            self.assertEqual(record["status"], "completed", record)
        spoiling.clear()
        met = [fault for faults in proxy.faults.values() for fault in faults]
        print(f"seed {SEED}: {len(proxy.faults)} requests met {len(met)} faults", flush=True)
        self.assertEqual(set(met), set(FAULTS))
        self.assertGreater(len(proxy.faults), 60)
        # Uploads have names of their own, so that nothing but the client's persistence repeats them.
        uploads = {key: tries for key, tries in proxy.tries.items() if key[0] == "PUT" and "/attempts/" in key[1]}
        self.assertGreater(len(uploads), 20)
        self.assertLessEqual(max(uploads.values()), MOST_TRIES)
        spoilt.stop()
        reader = self.service(self.azurite.endpoint, BACKTEST_MAX_CONCURRENT="0")
        self.assertEqual(sorted(run["run_id"] for run in reader.get("/backtests").json()["runs"]), sorted(run_ids))
        hashes = set()
        for run_id in run_ids:
            self.check_published(reader, run_id)
            hashes.add(reader.get(f"/backtests/{run_id}/summary").json()["result_sha256"])
        self.assertEqual(len(hashes), 1, "one config over one table has one result")

    def check_published(self, reader, run_id):
        assert_artifacts_match_their_manifest(self, reader, run_id)
        place = reader.environment["BACKTEST_ADLS_RUNS_DIR"].split("/")[1]
        record = json.loads(self.azurite.request("GET", f"records/{place}/runs/{run_id}.json"))
        self.assertEqual([event["status"] for event in record["events"]][-1], "completed")
        self.assertEqual(sum(event["status"] == "completed" for event in record["events"]), 1)
        self.assertEqual(record["attempts"], 1, "no fault of a request costs an attempt")
        # In the container there is the attempt that counts, whole, and nothing of another one.
        below = f"{place}/{run_id}/{record['artifact_prefix']}/"
        manifest = json.loads(self.azurite.request("GET", f"records/{below}artifacts_manifest.json"))
        expected = {below + entry["name"] for entry in manifest["files"]} | {below + "artifacts_manifest.json"}
        self.assertEqual(set(self.azurite.names("records", f"{place}/{run_id}/attempts/")), expected)

    def refusing_uploads(self):
        refused = []

        def fault_of(method, target, _):
            if method == "PUT" and "/attempts/" in target and "trades.csv" in target:
                refused.append(target)
                return "403"
            return None

        proxy = self.proxy(fault_of)
        proxy.refused = refused
        return proxy

    def put_delta(self, names):
        """One table with a checkpoint and commits after it, under each of the names."""
        tables = self.directory / "tables"
        subprocess.run([WRITER, ROOT / "e2e" / "delta_tables.py", self.prices, tables], check=True)
        table = tables / "later_commits"
        for path in table.rglob("*"):
            if path.is_file():
                for name in names:
                    self.azurite.put("market", f"{name}/{path.relative_to(table)}", path.read_bytes())

    def test_each_request_for_a_delta_table_meets_each_fault(self):
        """A copy of the table for each fault, so that its name says what becomes of a request for it."""
        passing = {fault.replace(" ", "-"): fault for fault in FAULTS}
        lasting = {"log-gone": ("503", "_delta_log"), "checkpoint-gone": ("reset", "checkpoint.parquet"),
                   "rows-gone": ("reset", "part-"), "forbidden": ("403", "_delta_log")}
        names = ["undisturbed", "stalled", *lasting, *passing]
        stalled, counted = random.Random(SEED).randrange(1, 12), []  # the request that is held until the client gives it up

        def fault_of(method, target, tries):
            name = self.table_of(target, names)
            if name == "stalled":
                counted.append(target)
                return "stall" if len(counted) == stalled else None
            if name in lasting:
                return lasting[name][0] if lasting[name][1] in target else None
            return passing[name] if name in passing and tries == 1 else None

        self.put_delta(names)
        proxy = self.proxy(fault_of, stall_s=STALL_S)
        service = self.service(proxy.endpoint, BACKTEST_MAX_CONCURRENT="8")  # they wait most of the time
        run_ids = {name: service.submit(self.delta_config(name)) for name in names}  # those that take longest come first
        records = {name: service.wait_terminal(run_id, 180) for name, run_id in run_ids.items()}
        tries, faults = {name: {} for name in names}, {name: [] for name in names}
        for (method, target, span), count in proxy.tries.items():
            if name := self.table_of(target, names):
                # The whole word: "500" may stand in the random name of a file, too.
                request = (method, re.sub(rf"(?<![\w-]){name}(?![\w-])", "TABLE", urllib.parse.unquote(target)), span)
                tries[name][request] = count
                if (method, target, span) in proxy.faults:
                    faults[name].append(request)
        print(f"seed {SEED}: {len(tries['undisturbed'])} requests for the table; held: {''.join(counted[stalled - 1:stalled])}",
              flush=True)
        self.assertGreater(len(tries["undisturbed"]), 12)
        for name in lasting:
            self.check_failed(service, records[name], f"market/{name}", tries[name])
        for name in set(names) - set(lasting):
            self.assertEqual(records[name]["status"], "completed", records[name])
            self.check_published(service, run_ids[name])
            self.assertEqual(self.results(service, run_ids[name]), self.results(service, run_ids["undisturbed"]), name)
            self.assertEqual(set(tries[name]), set(tries["undisturbed"]), name)
            self.assertLessEqual(max(tries[name].values()), MOST_TRIES, name)
        for name in passing:
            self.assertEqual(set(faults[name]), set(tries["undisturbed"]), name)
        self.assertEqual(len(faults["stalled"]), 1)
        self.assertEqual(sorted(run["run_id"] for run in service.get("/backtests").json()["runs"]), sorted(run_ids.values()))
        service.stop()

    @staticmethod
    def table_of(target, names):
        """None of a request for something else, such as a record."""
        return next((word for word in re.findall(r"[\w-]+", urllib.parse.unquote(target)) if word in names), None)

    def delta_config(self, table):
        config = self.config(table)
        config["data"]["price_path"] = f"market/{table}"
        return config

    def results(self, service, run_id):
        manifest = service.get(f"/backtests/{run_id}/artifacts/artifacts_manifest.json").json()
        found = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        return {name: found[name] for name in RESULTS}

    def check_failed(self, service, record, table, tries):
        self.assertEqual((record["status"], record["error_code"]), ("failed", "source_unavailable"), record)
        self.assertEqual(record["attempts"], 3)
        self.assertRegex(record["error"], f"^{table}(/[^:]*)?: object storage does not answer as it should; see that")
        self.assertNotIn("127.0.0.1", record["error"], "hosts are for the log")
        self.assertLessEqual(max(tries.values()), 3 * MOST_TRIES, tries)
        listed = service.get(f"/backtests/{record['run_id']}/artifacts?remote=true").json()
        self.assertEqual((listed["local"], listed["remote"]), ([], []))
        self.assertEqual(service.get(f"/backtests/{record['run_id']}/summary").status, 404)

    def test_an_upload_that_stays_impossible_fails_the_run_by_name_and_keeps_its_files(self):
        proxy = self.refusing_uploads()
        service = self.service(proxy.endpoint, BACKTEST_RUN_STORE_MODE="sqlite",
                               BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        run_id = service.submit(self.config("not uploaded"))
        record = service.wait_terminal(run_id, 90)
        self.assertEqual((record["status"], record["error_code"]), ("failed", "artifact_upload_failed"), record)
        self.assertEqual(record["attempts"], 3)
        self.assertGreaterEqual(len(proxy.refused), 9, "each attempt tries thrice")
        listed = service.get(f"/backtests/{run_id}/artifacts?remote=true").json()
        self.assertEqual((listed["local"], listed["remote"]), ([], []))
        self.assertEqual(service.get(f"/backtests/{run_id}/summary").status, 404)
        kept = sorted((service.disk / run_id / "attempts").iterdir())
        self.assertEqual(len(kept), 3)
        for directory in kept:
            manifest = json.loads((directory / "artifacts_manifest.json").read_text())
            for entry in manifest["files"]:
                digest = hashlib.sha256((directory / entry["name"]).read_bytes()).hexdigest()
                self.assertEqual(digest, entry["sha256"], entry["name"])

    def test_an_upload_that_is_tried_again_ends_when_the_run_is_cancelled(self):
        proxy = self.refusing_uploads()
        service = self.service(proxy.endpoint, BACKTEST_RUN_STORE_MODE="sqlite",
                               BACKTEST_DB_PATH=str(self.directory / "runs.sqlite3"))
        run_id = service.submit(self.config("cancelled"))
        wait_until(lambda: proxy.refused, what="an upload")
        self.assertEqual(service.post(f"/backtests/{run_id}/cancel").status, 202)
        self.assertEqual(service.wait_terminal(run_id, 10)["status"], "cancelled")
        self.assertEqual(len({target.split("?")[0] for target in proxy.refused}), 1, "no other attempt was made")
        wait_until(lambda: not list((service.disk / run_id).glob("attempts/*/*")), what="an empty disk")
        service.stop()


if __name__ == "__main__":
    options = script.options(script.SEED)
    BINARY, SEED = options.binary, options.seed
    unittest.main(verbosity=2)
